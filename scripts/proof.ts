/** What every proof that is committed says beside its result: claim, commit, machine, time. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const folder = "docs/proofs";

export type Proved = {
  readonly claim: string;
  /** In the way of the claim; none: it holds. */
  readonly problems: readonly string[];
  readonly result: Readonly<Record<string, unknown>>;
  /** The result in a line. */
  readonly said: string;
};

/** Notes time and commit of what is tried: a commit made meanwhile is not what was tried. Call before the work begins. */
export function beginProof(name: string, watched: readonly string[]): (proved: Proved) => void {
  const startedAt = Date.now();
  const commit = git("rev-parse", "HEAD");
  /** Writes `docs/proofs/NAME.json`, says what was found, and fails the process where the claim does not hold. */
  return ({ claim, problems, result, said }) => {
    const proof = {
      claim,
      holds: problems.length === 0,
      ...result,
      commit,
      changedSince: git("status", "--porcelain", "--", ...watched)
        .split("\n")
        .filter(Boolean).length,
      at: new Date(startedAt).toISOString(),
      seconds: Math.round((Date.now() - startedAt) / 1000),
      machine: { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
    };
    const path = `${folder}/${name}.json`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${JSON.stringify(proof, null, 2)}\n`);
    for (const problem of problems) console.error(problem);
    console.log(`${said}; written to ${path}`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  };
}

const git = (...argv: string[]) => execFileSync("git", argv, { encoding: "utf8" }).trim();
