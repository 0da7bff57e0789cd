import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { type KillPoint, killPoints } from "../../../src/sessions/kill-points.ts";
import { grantLifeMs } from "../../../src/tools/approvals.ts";
import { needs } from "../../needs.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import { createCompileCache, liveInChild } from "./child-life.ts";
import { beginLife, hookPath, prepareState, removeState, untilQuiet } from "./kill-life.ts";
import {
  type CommandName,
  isOwn,
  killScript,
  replyTo,
  resets,
  type StoryName,
  stories,
  storyOf,
} from "./kill-stories.ts";
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
  "card.decided": {},
  "command.begun": {},
  "change.reverted": {},
  "command.acted": {},
  "command.concluded": {},
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
  "grant.spent": {},
  "answer.stored": {},
  "reminder.queued": {},
  "proposal.granted": {},
  "proposal.applied": {},
  "proposal.told": {},
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

  const endsWell = async (story: StoryName) => {
    state = prepareState(model.origin);
    const aftermath = await liveOn(story);
    expect(stories[story].faultsOf(aftermath)).toEqual({ lost: [], doubled: [] });
    expect([...aftermath.unknownDeliveries, ...aftermath.unknownSteps]).toEqual([]);
  };
  const sandboxed: StoryName = "proposal";
  test.each((Object.keys(stories) as StoryName[]).filter((story) => story !== sandboxed))(
    "nobody is killed: the story %s ends well, and nothing is unknown",
    endsWell,
    90_000,
  );
  needs("bubblewrap")(
    `nobody is killed: the story ${sandboxed} ends well, and nothing is unknown`,
    () => endsWell(sandboxed),
    90_000,
  );
});

describe("a command to the Gateway itself, killed", () => {
  const done: Record<CommandName, string> = {
    undo: "Taken back: other.md, tally.md.",
    keep: "Kept as yours: tally.md.",
    new: "This conversation starts afresh. What was said before stays in the archive.",
    stop: "Stopped: 1 run, 0 background commands.",
  };
  const repliesIn = (aftermath: Aftermath) =>
    Object.fromEntries((Object.keys(done) as CommandName[]).map((name) => [name, replyTo(name, aftermath)]));
  const strokesIn = ({ file }: Aftermath) =>
    [file("tally.md"), file("other.md")].map((text) => text.split("|").length - 1);

  test.each([
    // The third message, and the third reply: the answers of two turns come first.
    ["inbox.received:3"],
    ["command.concluded:1"],
    ["outbox.queued:3"],
    ["command.concluded:2"],
    ["outbox.queued:4"],
    ["command.concluded:3"],
    ["outbox.queued:5"],
    ["command.concluded:4"],
    ["inbox.done:6"],
  ])(
    "at %s: the reply after the restart tells what was done, once",
    async (killPoint) => {
      const aftermath = await killedAt({ story: "commands", killPoint });
      expect(repliesIn(aftermath)).toEqual(done);
      expect(strokesIn(aftermath)).toEqual([1, 0]);
      expect(isOwn("tally.md", aftermath)).toBe(true);
      expect(resets(aftermath)).toBe(1);
    },
    90_000,
  );

  test.each([
    ["command.begun:1", { undo: /^Outcome unknown.*goes on with what is left/ }, [2, 1]],
    // Files go back in the order of their names: one is back, one is not.
    ["change.reverted:1", { undo: /^Outcome unknown.*goes on with what is left/ }, [2, 0]],
    ["command.begun:2", { keep: /^The Gateway stopped before anything was kept/ }, [1, 0]],
    ["command.begun:3", { new: /^Outcome unknown.*Say \/new again/ }, [1, 0]],
    ["command.acted:1", { new: /^Outcome unknown.*Say \/new again/ }, [1, 0]],
    ["command.begun:4", { stop: /^Outcome unknown.*\/status/ }, [1, 0]],
    ["command.acted:2", { stop: /^Outcome unknown.*\/status/ }, [1, 0]],
  ])(
    "at %s: it is not carried out again, and told as unknown",
    async (killPoint, told, strokes) => {
      const aftermath = await killedAt({ story: "commands", killPoint });
      const [[name, text]] = Object.entries(told) as [[CommandName, RegExp]];
      expect(replyTo(name, aftermath)).toMatch(text);
      expect(strokesIn(aftermath)).toEqual(strokes);
      expect(resets(aftermath)).toBe(killPoint === "command.begun:3" ? 0 : 1);
      // Stopped is stopped: only what was killed before that goes on after the restart.
      const thought = aftermath.sent.some((sent) => sent.text === "I thought.");
      expect(thought).toBe(killPoint === "command.begun:4");
    },
    90_000,
  );
});

describe("a granted proposal, killed", () => {
  const toldIn = ({ sent }: Aftermath) => sent.find(({ key }) => key.includes(":proposal:"))?.text;
  const created = "Created .git/hooks/pre-commit (23 bytes).";

  const cases = [
    // Decided, but nothing began; begun and spent, but not started: it is made, once.
    ["card.decided:1", created],
    ["proposal.granted:1", created],
    ["grant.spent:1", created],
    // Started: nobody knows. The command that made the proposal was the first step.
    ["step.started:2", "Outcome unknown: the Gateway stopped while this change was made."],
    ["step.ran:2", "Outcome unknown: the Gateway stopped while this change was made."],
    ["step.finished:2", created],
    ["proposal.applied:1", created],
    ["proposal.told:1", created],
  ] as const;
  for (const [killPoint, told] of cases) {
    needs("bubblewrap")(
      `at ${killPoint}: it is made at most once, and what became of it is told once`,
      async () => {
        const aftermath = await killedAt({ story: "proposal", killPoint });
        expect(toldIn(aftermath)).toContain(told);
        expect(aftermath.unseenCards).toBe(0);
      },
      90_000,
    );
  }

  needs("bubblewrap")(
    "and started again when the grant is over: it is not made, and that is told once",
    async () => {
      const laterMs = grantLifeMs + 1_000;
      state = prepareState(model.origin);
      expect(await liveInChild({ state, story: "proposal", cache, killPoint: "proposal.granted:1" })).toBe("SIGKILL");
      const aftermath = await liveOn("proposal", laterMs);
      expect(toldIn(aftermath)).toContain("was not used in time");
      expect(aftermath.file(hookPath)).toBe("");
      expect(stories.proposal.faultsOf(aftermath).doubled).toEqual([]);
    },
    90_000,
  );
});

describe("a code for a stranger, and a reminder, killed", () => {
  test.each([
    ["stranger", "pairing.requested:1"],
    ["stranger", "outbox.queued:1"],
    ["reminder", "reminder.queued:1"],
  ] as const)(
    "the story %s at %s: told exactly once",
    async (story, killPoint) => {
      const aftermath = await killedAt({ story, killPoint });
      expect(aftermath.unknownDeliveries).toEqual([]);
    },
    90_000,
  );

  test("a reminder that was queued before the kill is not said again as a late one", async () => {
    const aftermath = await killedAt({ story: "reminder", killPoint: "reminder.queued:1", laterMs: 3_600_000 });
    const told = aftermath.sent.filter(({ key }) => key.startsWith("reminder:"));
    expect(told.map(({ text }) => text)).toEqual(["Reminder: Tea"]);
  }, 90_000);
});
