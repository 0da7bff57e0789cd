/**
 * `npm run prove:kills [-- RUNS [SEED]]`: kills the whole Gateway at random visits of its kill points, once or twice per
 * run, lets it work off what is left and counts lost and doubled work. Writes docs/proofs/kills.json.
 */
import { cpus } from "node:os";
import { killPoints } from "../src/sessions/kill-points.ts";
import { createCompileCache, liveInChild } from "../test/scenarios/whole/child-life.ts";
import { aftermathOf, faultsOf, killScript, prepareState, removeState } from "../test/scenarios/whole/kill-life.ts";
import { startScriptedModel } from "../test/servers/scripted-model.ts";
import { beginProof } from "./proof.ts";

const runsDefault = 200;
/** A message, a card, a button: no step of this conversation comes by more often. */
const visitsMax = 3;

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

/** The first kill goes through all points in turn, at their first visit once; the rest is chance. */
function plannedKills(seed: number): string[] {
  const random = randomOf(seed);
  const turn = seed - firstSeed;
  const at = (index: number, visit: number) => `${killPoints[index % killPoints.length]}:${visit}`;
  const first = at(turn, turn < killPoints.length ? 1 : 1 + random(visitsMax));
  return random(2) === 0 ? [first] : [first, at(random(killPoints.length), 1 + random(visitsMax))];
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
  const plan = plannedKills(seed);
  for (const killPoint of plan) {
    const ended = await liveInChild({ state, cache, killPoint });
    if (ended === "SIGKILL") {
      totals.kills += 1;
      pointsHit.add(killPoint.split(":")[0] ?? "");
    } else if (ended !== "worked off") problems.push(`seed ${seed} (${plan}): ${ended}`);
  }
  const last = await liveInChild({ state, cache });
  if (last !== "worked off") problems.push(`seed ${seed} (${plan}): the last life: ${last}`);
  const aftermath = aftermathOf(state);
  const { lost, doubled } = faultsOf(aftermath);
  totals.lost += lost.length;
  totals.doubled += doubled.length;
  totals.unknownTold += aftermath.unknownSteps.length + aftermath.unknownDeliveries.length;
  problems.push(...[...lost, ...doubled].map((fault) => `seed ${seed} (${plan}): ${fault}`));
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
  claim: "kill -9 at any journal step of a turn loses no message and repeats no tool call and no delivery",
  problems,
  result: { seed: firstSeed, runs, ...totals, pointsHit: pointsHit.size, points: killPoints.length },
  said: `${totals.kills} kills in ${runs} runs: ${totals.lost} lost, ${totals.doubled} doubled`,
});
