/** Turns: how long one takes with few and many sessions, how many fit into a second, what a tool call adds. */
import type { ModelScript } from "../../test/servers/model-script.ts";
import { fsyncP50Ms } from "../disk.ts";
import type { Limit } from "../goals.ts";
import type { Lab } from "../lab.ts";
import type { Result } from "../result.ts";
import { median, percentile } from "../statistics.ts";
import { openTurnLab, replaced, type TurnLab } from "../turns.ts";

const sessionCounts = { full: [1, 100, 1_000, 10_000], quick: [1, 100] };
const measuredTurns = { full: 300, quick: 30 };
const warmUpTurns = 50;
const writers = 8;
const atOnceMs = { full: 10_000, quick: 2_000 };
const execTurns = { full: 200, quick: 10 };

/** The goal was set on a disk that syncs in 0.3 ms; a turn may wait for six syncs of a slower one. */
const goalFsyncMs = 0.3;
const slowDiskBaseMs = 5;
const syncsPerTurn = 6;

export async function measureTurns(lab: Lab): Promise<Result[]> {
  const limit = turnLimit(lab);
  const turns = await openTurnLab(lab);
  await inTurn(turns, { count: warmUpTurns, sessions: 1 });
  const results: Result[] = [];
  const medians: number[] = [];
  let existing = 1;
  for (const sessions of sessionCounts[lab.counts]) {
    lab.say(`  ${sessions} sessions`);
    await fill(turns, existing, sessions);
    existing = sessions;
    const times = await inTurn(turns, { count: measuredTurns[lab.counts], sessions });
    medians.push(median(times));
    const note = `p95 ${percentile(times, 0.95).toFixed(1)} ms over ${times.length} turns`;
    results.push({ id: `turn-${sessions}`, value: median(times), note, ...limit });
  }
  await turns.close();
  const growth = (medians.at(-1) ?? Number.NaN) / (medians[0] ?? Number.NaN);
  return [...results, { id: "turn-growth", value: growth, note: `${existing} sessions against 1` }];
}

function turnLimit(lab: Lab): { limit?: Limit } {
  const syncMs = fsyncP50Ms(lab.folder);
  return syncMs <= goalFsyncMs ? {} : { limit: { atMost: slowDiskBaseMs + syncsPerTurn * syncMs } };
}

/** One after the other, spread evenly over the sessions. Milliseconds of each. */
async function inTurn(turns: TurnLab, { count, sessions }: { count: number; sessions: number }): Promise<number[]> {
  const stride = Math.max(1, Math.floor(sessions / count));
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) times.push(await turns.timedTurn(`s${(turn * stride) % sessions}`));
  return times;
}

/** A turn in each session from `from` up to `to`. */
async function fill(turns: TurnLab, from: number, to: number): Promise<void> {
  let next = from;
  const writer = async () => {
    while (next < to) {
      next += 1;
      await turns.timedTurn(`s${next - 1}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
}

export async function measureAtOnce(lab: Lab): Promise<Result[]> {
  const turns = await openTurnLab(lab);
  await inTurn(turns, { count: warmUpTurns, sessions: writers });
  let done = 0;
  const started = performance.now();
  const deadline = started + atOnceMs[lab.counts];
  const writer = async (_: unknown, index: number) => {
    while (performance.now() < deadline) {
      await turns.timedTurn(`s${index}`);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  const seconds = (performance.now() - started) / 1_000;
  await turns.close();
  return [{ id: "at-once", value: done / seconds }];
}

const proof = "the-command-ran";
const execScript: ModelScript = {
  rules: [
    {
      when: "^prove",
      steps: [{ calls: [{ name: "exec", arguments: { command: `echo ${proof}` } }] }, { text: "{{result}}" }],
    },
    { when: "^run", steps: [{ calls: [{ name: "exec", arguments: { command: "true" } }] }, { text: "done" }] },
  ],
  otherwise: [{ text: "ok" }],
};

/** The whole turn with its two model calls and one command. */
export async function measureExec(lab: Lab): Promise<Result[]> {
  const { change, where } = execPlace();
  const turns = await openTurnLab(lab, { script: execScript, change });
  const proved = await turns.turn("proof", "prove that commands run");
  if (!proved.includes(proof)) throw new Error(`the command did not run: ${proved.slice(0, 300)}`);
  const times: number[] = [];
  const plain: number[] = [];
  for (let turn = 0; turn < execTurns[lab.counts]; turn += 1) {
    times.push(await turns.timedTurn(`s${turn}`, "run it"));
    plain.push(await turns.timedTurn(`p${turn}`));
  }
  await turns.close();
  const extra = (median(times) - median(plain)).toFixed(1);
  const note = `\`true\` ${where()}; ${extra} ms more than the turn without it, a second model call included`;
  return [{ id: "exec", value: median(times), note }];
}

/** In the sandbox, as the first config has it. Where none proves itself, on the host without asking. */
function execPlace() {
  let place = "in the sandbox";
  const change = (config: string) => {
    if (config.includes(`mode: "all"`)) return config;
    place = "on the host, because no sandbox proves itself here";
    return replaced(config, `security: "allowlist", ask: "always"`, `security: "full", ask: "off"`);
  };
  return { change, where: () => place };
}
