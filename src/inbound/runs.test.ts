import { expect, test } from "vitest";
import type { TurnInput, TurnOutcome } from "../agent/turn-contract.ts";
import { systemClock } from "../platform/clock.ts";
import { createSessionQueue } from "../sessions/session-queue.ts";
import type { Admission } from "./admission.ts";
import type { Deliverer } from "./deliver.ts";
import type { InboundPorts } from "./ports.ts";
import { createRuns } from "./runs.ts";

const approvalId = "a1";
const parked: TurnOutcome = { kind: "parked", approvalId, words: "two words", text: "" };
const stopped: TurnOutcome = { kind: "aborted", text: "" };
const admission = { run: "r1", session: "agent:main:main", agent: "main", replyTarget: {} } as unknown as Admission;

/** Ports of a run whose first turn parks; `whileParking` happens before its row says so durably. */
function parkingRun(whileParking: () => void) {
  const starts: TurnInput["start"][] = [];
  let state = "waiting";
  const ports = {
    clock: systemClock,
    queue: createSessionQueue(),
    inbox: {
      move: async (_row: number, to: string) => {
        if (to === "parked") whileParking();
      },
      finish: async () => undefined,
    },
    approvals: { get: () => ({ id: approvalId, state }), list: () => [] },
    turns: {
      run: async ({ start }: TurnInput) => {
        starts.push(start);
        return start.kind === "message" ? parked : stopped;
      },
    },
    observer: { started: () => undefined, event: () => undefined, ended: () => undefined },
    channel: () => undefined,
  } as unknown as InboundPorts;
  const runs = createRuns(ports, {} as Deliverer, { announce: async () => undefined });
  const decide = () => {
    state = "granted";
    return runs.begin(1, admission, { kind: "approval", approvalId });
  };
  return { runs, starts, decide };
}

test("a decision that comes while its run is being parked lets it go on, once", async () => {
  const run = parkingRun(() => void run.decide());
  await run.runs.begin(1, admission, { kind: "message" });
  expect(run.starts.map(({ kind }) => kind)).toEqual(["message", "approval"]);
});

test("a decision that comes later lets it go on, once", async () => {
  const run = parkingRun(() => undefined);
  await run.runs.begin(1, admission, { kind: "message" });
  expect(run.starts).toHaveLength(1);
  await run.decide();
  expect(run.starts.map(({ kind }) => kind)).toEqual(["message", "approval"]);
});
