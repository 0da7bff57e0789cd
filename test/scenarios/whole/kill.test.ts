import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type KillPoint, killPoints } from "../../../src/sessions/kill-points.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import { createCompileCache, liveInChild } from "./child-life.ts";
import {
  type Aftermath,
  aftermathOf,
  beginLife,
  faultsOf,
  killScript,
  prepareState,
  removeState,
  untilQuiet,
} from "./kill-life.ts";

const cache = createCompileCache();

let model: ScriptedModel;
let state = "";
beforeAll(async () => {
  model = await startScriptedModel(killScript);
});
afterAll(async () => {
  await model.close();
  cache.remove();
});
afterEach(() => removeState(state));

/** Lives once more, until everything is worked off. */
async function liveOn(): Promise<Aftermath & { readonly unseenCards: number }> {
  const life = await beginLife(state);
  const unseenCards = await untilQuiet(state, life);
  await life.started.close("test");
  return { ...aftermathOf(state), unseenCards };
}

/** Visit at which the point is killed (the first, unless a later one tells more), and what is unknown then. */
const kills: Record<KillPoint, { readonly visit?: number; readonly steps?: string; readonly delivery?: "answer" }> = {
  "inbox.received": {},
  "inbox.admitted": {},
  "run.opened": {},
  "run.started": {},
  "model.answered": {},
  "calls.stored": {},
  "step.started": { steps: "edit" },
  // The second step is the command on the host.
  "step.ran": { visit: 2, steps: "exec" },
  "step.finished": {},
  "result.stored": {},
  "run.parking": {},
  "run.parked": { visit: 2 },
  "run.resumed": {},
  "answer.stored": {},
  "outbox.queued": {},
  "outbox.attempted": { visit: 3, delivery: "answer" },
  "outbox.delivered": { visit: 3, delivery: "answer" },
  "outbox.sent": {},
  "inbox.done": {},
};

describe("kill -9 of the whole Gateway", () => {
  test("every kill point of the product is tried", () => {
    expect(Object.keys(kills).sort()).toEqual([...killPoints].sort());
  });

  test.each(killPoints.map((point) => ({ point, ...kills[point] })))(
    "at $point: the message is answered once, nothing runs twice, what is unknown is told",
    async ({ point, visit = 1, steps, delivery }) => {
      state = prepareState(model.origin);
      expect(await liveInChild({ state, cache, killPoint: `${point}:${visit}` })).toBe("SIGKILL");
      const aftermath = await liveOn();
      expect(faultsOf(aftermath)).toEqual({ lost: [], doubled: [] });
      expect(aftermath.unseenCards).toBe(0);
      expect(aftermath.unknownSteps).toEqual(steps === undefined ? [] : [steps]);
      // The confirmation of the button may be on its way at any of these points.
      const unknown = aftermath.unknownDeliveries
        .map((key) => key.split(":").at(-1))
        .filter((kind) => kind !== "command");
      expect(unknown).toEqual(delivery === undefined ? [] : [delivery]);
    },
    90_000,
  );

  test("a Gateway that nobody kills does the same work once", async () => {
    state = prepareState(model.origin);
    expect(await liveOn()).toMatchObject({
      edits: 1,
      commands: 1,
      answers: 1,
      unknownSteps: [],
      unknownDeliveries: [],
    });
  }, 90_000);
});
