/**
 * `npm run prove:kills [-- RUNS [SEED]]`: kills the whole Gateway at random visits of its kill points, once or twice per
 * run, lets it work off what is left and counts lost and doubled work. Writes docs/proofs/kills.json.
 */
import { cpus } from "node:os";
import { type KillPoint, killPoints } from "../src/sessions/kill-points.ts";
import { createCompileCache, liveInChild } from "../test/scenarios/whole/child-life.ts";
import { prepareState, removeState } from "../test/scenarios/whole/kill-life.ts";
import { killScript, type StoryName, stories, storyOf } from "../test/scenarios/whole/kill-stories.ts";
import { aftermathOf } from "../test/scenarios/whole/kill-story.ts";
import { startScriptedModel } from "../test/servers/scripted-model.ts";
import { beginProof } from "./proof.ts";

const runsDefault = 200;
/** How often one of its points comes by in a story, at most. */
const visitsMax: Record<StoryName, number> = { turn: 3, commands: 7, proposal: 4, stranger: 2, reminder: 2 };

/** Mulberry32: the same seed gives the same kills. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Plan = { readonly story: StoryName; readonly kills: readonly string[] };

/** The first kill goes through all points in turn, at their first visit in their own story once; the rest is chance. */
function planOf(seed: number): Plan {
  const random = randomOf(seed);
  const one = <T>(of: readonly T[]): T => of[random(of.length)] as T;
  const turn = seed - firstSeed;
  const point = killPoints[turn % killPoints.length] as KillPoint;
  const begins = turn < killPoints.length;
  const own = storyOf(point);
  const story = begins || own !== "turn" || random(2) === 0 ? own : one(Object.keys(stories) as StoryName[]);
  const visit = () => (random(2) === 0 ? 1 : 1 + random(visitsMax[story]));
  const first = `${point}:${begins ? 1 : visit()}`;
  const comingBy = killPoints.filter((other) => storyOf(other) === "turn" || storyOf(other) === story);
  return { story, kills: random(2) === 0 ? [first] : [first, `${one(comingBy)}:${visit()}`] };
}

const runs = Number(process.argv[2] ?? runsDefault);
const firstSeed = Number(process.argv[3] ?? Math.floor(Date.now() / 1000));
const conclude = beginProof("kills", ["src", "test"]);
const model = await startScriptedModel(killScript);
const cache = createCompileCache();
const totals = { kills: 0, lost: 0, doubled: 0, unknownTold: 0 };
const pointsHit = new Set<string>();
const problems: string[] = [];

async function prove(seed: number): Promise<void> {
  const state = prepareState(model.origin);
  const { story, kills } = planOf(seed);
  const told = `seed ${seed} (${story}, ${kills})`;
  for (const killPoint of kills) {
    const ended = await liveInChild({ state, story, cache, killPoint });
    if (ended === "SIGKILL") {
      totals.kills += 1;
      pointsHit.add(killPoint.split(":")[0] ?? "");
    } else if (ended !== "worked off") problems.push(`${told}: ${ended}`);
  }
  const last = await liveInChild({ state, story, cache });
  if (last !== "worked off") problems.push(`${told}: the last life: ${last}`);
  const aftermath = aftermathOf(state);
  const { lost, doubled } = stories[story].faultsOf(aftermath);
  totals.lost += lost.length;
  totals.doubled += doubled.length;
  totals.unknownTold += aftermath.unknownSteps.length + aftermath.unknownDeliveries.length;
  problems.push(...[...lost, ...doubled].map((fault) => `${told}: ${fault}`));
  removeState(state);
}

let next = firstSeed;
const worker = async () => {
  while (next < firstSeed + runs) {
    next += 1;
    await prove(next - 1);
  }
};
await Promise.all(cpus().slice(0, 4).map(worker));
await model.close();
cache.remove();

const missed = killPoints.filter((point) => !pointsHit.has(point));
if (missed.length > 0) problems.push(`never hit: ${missed.join(", ")}`);
conclude({
  claim:
    "kill -9 at any journal step of a turn, a command, a proposal, a pairing or a reminder loses no message and repeats no tool call, no change and no delivery",
  problems,
  result: {
    seed: firstSeed,
    runs,
    stories: Object.keys(stories).length,
    ...totals,
    pointsHit: pointsHit.size,
    points: killPoints.length,
  },
  said: `${totals.kills} kills in ${runs} runs: ${totals.lost} lost, ${totals.doubled} doubled`,
});
