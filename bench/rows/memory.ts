/** Memory over many turns: what it is at the end, and whether it still grows. */
import type { Lab } from "../lab.ts";
import { pause } from "../lab.ts";
import { treePssMiB } from "../memory.ts";
import type { Result } from "../result.ts";
import { type Point, slope } from "../statistics.ts";
import { openTurnLab } from "../turns.ts";

const turnCounts = { full: 10_000, quick: 1_000 };
const samples = 20;
const sessions = 64;
const writers = 8;
const settleMs = 1_000;
const perTurns = 1_000;

export async function measureMemory(lab: Lab): Promise<Result[]> {
  const turns = await openTurnLab(lab);
  const count = turnCounts[lab.counts];
  const points: Point[] = [];
  let next = 0;
  const writer = async (until: number) => {
    while (next < until) {
      next += 1;
      await turns.timedTurn(`s${next % sessions}`);
    }
  };
  for (let sample = 1; sample <= samples; sample += 1) {
    const until = (count / samples) * sample;
    await Promise.all(Array.from({ length: writers }, () => writer(until)));
    points.push({ x: next, y: treePssMiB(turns.gateway.pid) });
  }
  await pause(settleMs);
  const value = treePssMiB(turns.gateway.pid);
  await turns.close();
  const secondHalf = points.slice(samples / 2);
  const course = points.filter((_, index) => index % 4 === 3).map(({ x, y }) => `${x}: ${y.toFixed(0)}`);
  return [
    { id: "memory", value, note: `${next} turns over ${sessions} sessions; MiB after turns ${course.join(", ")}` },
    { id: "memory-slope", value: Math.max(0, slope(secondHalf) * perTurns) },
  ];
}
