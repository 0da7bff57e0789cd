/**
 * `npm run prove:mutants`: changes src/policy in every way Stryker knows and counts which changes the tests notice.
 * Writes docs/proofs/mutants.json. `npm run prove:mutants -- --judge` judges the last report again.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { judgeMutants, type MutationReport, scorePercentMin } from "./mutation-report.ts";

const reportPath = "reports/mutation/mutation.json";
const proofPath = "docs/proofs/mutants.json";
const reasonsPath = "docs/proofs/mutants-survivors.json";
/** Cases of a property test per mutant: a mutant is run against every test that reaches it. */
const propertyRuns = "200";

const git = (...argv: string[]) => execFileSync("git", argv, { encoding: "utf8" }).trim();

const startedAt = Date.now();
if (!process.argv.includes("--judge")) {
  const { status } = spawnSync("stryker", ["run"], {
    stdio: "inherit",
    env: { ...process.env, FASED_PROPERTY_RUNS: propertyRuns },
  });
  if (status !== 0) throw new Error(`stryker ended with ${status}`);
}
const report = JSON.parse(readFileSync(reportPath, "utf8")) as MutationReport;
const reasons = JSON.parse(readFileSync(reasonsPath, "utf8")) as Record<string, string>;
const { problems, ...result } = judgeMutants(report, reasons);
const proof = {
  claim: `at least ${scorePercentMin} % of the mutants of src/policy are killed, and each survivor has a reason`,
  holds: problems.length === 0,
  ...result,
  commit: git("rev-parse", "HEAD"),
  changedSince: git("status", "--porcelain", "--", "src/policy", "test").split("\n").filter(Boolean).length,
  at: new Date(startedAt).toISOString(),
  seconds: Math.round((Date.now() - startedAt) / 1000),
  machine: { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
  propertyRuns: Number(propertyRuns),
};
mkdirSync("docs/proofs", { recursive: true });
writeFileSync(proofPath, `${JSON.stringify(proof, null, 2)}\n`);
for (const problem of problems) console.error(problem);
console.log(`${result.killed} of ${result.mutants} mutants killed, ${result.scorePercent} %; written to ${proofPath}`);
process.exitCode = problems.length === 0 ? 0 : 1;
