import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { type KillPoint, killPoints } from "../../../src/sessions/kill-points.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import { createCompileCache, liveInChild } from "./child-life.ts";
import { beginLife, prepareState, removeState, untilQuiet } from "./kill-life.ts";
import { killScript, type StoryName, stories, storyOf } from "./kill-stories.ts";
import { type Aftermath, aftermathOf } from "./kill-story.ts";

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

/** Lives once more, until the story is told and worked off. */
async function liveOn(story: StoryName, laterMs = 0): Promise<Aftermath & { readonly unseenCards: number }> {
  const clock = { ...systemClock, now: () => Date.now() + laterMs };
  const life = await beginLife(state, stories[story], clock);
  const unseenCards = await untilQuiet(state, life);
  await life.started.close("test");
  return { ...aftermathOf(state), unseenCards };
}

type Killed = { readonly story: StoryName; readonly killPoint: string; readonly laterMs?: number };

async function killedAt({ story, killPoint, laterMs }: Killed): Promise<Aftermath & { readonly unseenCards: number }> {
  state = prepareState(model.origin);
  expect(await liveInChild({ state, story, cache, killPoint })).toBe("SIGKILL");
  const aftermath = await liveOn(story, laterMs);
  expect(stories[story].faultsOf(aftermath)).toEqual({ lost: [], doubled: [] });
  return aftermath;
}

type Kill = {
  /** Visit at which the point is killed: the first, unless a later one tells more. */
  readonly visit?: number;
  /** Tool whose outcome is unknown then. */
  readonly step?: string;
  readonly delivery?: "answer";
};

const kills: Record<KillPoint, Kill> = {
  "inbox.received": {},
  "pairing.requested": {},
  "inbox.admitted": {},
  "run.opened": {},
  "run.started": {},
  "model.answered": {},
  "calls.stored": {},
  "step.started": { step: "edit" },
  // The second step is the command on the host.
  "step.ran": { visit: 2, step: "exec" },
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

const pointsOf = (story: StoryName) =>
  killPoints.filter((point) => storyOf(point) === story).map((point) => ({ point, ...kills[point] }));

describe("kill -9 of the whole Gateway", () => {
  test("every kill point of the product is tried", () => {
    expect(Object.keys(kills).sort()).toEqual([...killPoints].sort());
  });

  test.each(pointsOf("turn"))(
    "at $point: the message is answered once, nothing runs twice, what is unknown is told",
    async ({ point, visit = 1, step, delivery }) => {
      const aftermath = await killedAt({ story: "turn", killPoint: `${point}:${visit}` });
      expect(aftermath.unseenCards).toBe(0);
      expect(aftermath.unknownSteps).toEqual(step === undefined ? [] : [step]);
      // The confirmation of the button may be on its way at any of these points.
      const unknown = aftermath.unknownDeliveries
        .map((key) => key.split(":").at(-1))
        .filter((kind) => kind !== "command");
      expect(unknown).toEqual(delivery === undefined ? [] : [delivery]);
    },
    90_000,
  );

  for (const story of Object.keys(stories) as StoryName[]) {
    test(`nobody is killed: the story ${story} ends well, and nothing is unknown`, async () => {
      state = prepareState(model.origin);
      const aftermath = await liveOn(story);
      expect(stories[story].faultsOf(aftermath)).toEqual({ lost: [], doubled: [] });
      expect([...aftermath.unknownDeliveries, ...aftermath.unknownSteps]).toEqual([]);
    }, 90_000);
  }
});

describe("a code for a stranger, killed", () => {
  test.each([
    ["stranger", "pairing.requested:1"],
    ["stranger", "outbox.queued:1"],
  ] as const)(
    "the story %s at %s: told exactly once",
    async (story, killPoint) => {
      const aftermath = await killedAt({ story, killPoint });
      expect(aftermath.unknownDeliveries).toEqual([]);
    },
    90_000,
  );
});
