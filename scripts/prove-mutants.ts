/**
 * `npm run prove:mutants`: changes src/policy in every way Stryker knows and counts which changes the tests notice.
 * Writes docs/proofs/mutants.json. `npm run prove:mutants -- --judge` judges the last report again.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { judgeMutants, type MutationReport, scorePercentMin } from "./mutation-report.ts";
import { beginProof } from "./proof.ts";

const reportPath = "reports/mutation/mutation.json";
const reasonsPath = "docs/proofs/mutants-survivors.json";
/** Cases of a property test per mutant: a mutant is run against every test that reaches it. */
const propertyRuns = "200";

const conclude = beginProof("mutants", ["src/policy", "test"]);
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
conclude({
  claim: `at least ${scorePercentMin} % of the mutants of src/policy are killed, and each survivor has a reason`,
  problems,
  result: { ...result, propertyRuns: Number(propertyRuns) },
  said: `${result.killed} of ${result.mutants} mutants killed, ${result.scorePercent} %`,
});
