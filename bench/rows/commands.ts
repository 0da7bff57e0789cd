/** Commands that start, answer and end: time from spawn to exit, and peak memory. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { environmentFor, newState, startGateway } from "../gateway.ts";
import type { Lab } from "../lab.ts";
import { peakRssMiB } from "../memory.ts";
import type { Result } from "../result.ts";
import { median } from "../statistics.ts";

const versionRuns = { full: 20, quick: 5 };
const auditRuns = { full: 10, quick: 2 };

export async function measureVersion(lab: Lab): Promise<Result[]> {
  const state = newState(lab);
  return [
    { id: "version", value: median(timesOf(lab, { words: ["--version"], state, runs: versionRuns[lab.counts] })) },
  ];
}

/** On the state directory that a first start left behind. */
export async function measureAudit(lab: Lab): Promise<Result[]> {
  const state = newState(lab);
  await (await startGateway(lab, state)).stop();
  const words = ["security", "audit", "--json"];
  const times = timesOf(lab, { words, state, runs: auditRuns[lab.counts] });
  return [
    { id: "audit", value: median(times) },
    { id: "audit-memory", value: await peakOf(lab, words, state) },
  ];
}

type Runs = { readonly words: readonly string[]; readonly state: string; readonly runs: number };

function timesOf(lab: Lab, { words, state, runs }: Runs): number[] {
  return Array.from({ length: runs }, () => {
    const started = performance.now();
    const options = { cwd: lab.root, env: environmentFor(state), encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync("sh", [join(lab.root, "bin/fased"), ...words], options);
    const tookMs = performance.now() - started;
    if (status !== 0 || stdout.trim() === "") {
      throw new Error(`\`fased ${words.join(" ")}\` ended with ${status}: ${(stderr || stdout).trim().slice(0, 300)}`);
    }
    return tookMs;
  });
}

/** Read in a run of its own, as often as possible: the mark only rises, so at most its last moment is missed. */
async function peakOf(lab: Lab, words: readonly string[], state: string): Promise<number> {
  const child = lab.start("sh", [join(lab.root, "bin/fased"), ...words], {
    cwd: lab.root,
    env: environmentFor(state),
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  let peak = 0;
  while (child.exitCode === null) {
    peak = Math.max(peak, peakRssMiB(child.pid ?? 0) ?? 0);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  return peak;
}
