/**
 * `npm run prove:laws [-- CASES [SEED]]`: the laws of the policy engine with many more cases each than the normal run
 * tries. Writes docs/proofs/laws.json.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { beginProof } from "./proof.ts";

const file = "test/properties/policy-laws.test.ts";
const tallyPath = "reports/laws-tally.txt";
const reportPath = "reports/laws.json";
const casesDefault = 100_000;
/** Of all laws together; fewer prove too little. */
const casesMin = 100_000;

type Report = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
};

const cases = Number(process.argv[2] ?? casesDefault);
const seed = Number(process.argv[3] ?? Math.floor(Date.now() / 1000));
const conclude = beginProof("laws", ["src", "test"]);
mkdirSync("reports", { recursive: true });
rmSync(tallyPath, { force: true });
const argv = ["run", file, "--reporter=default", "--reporter=json", `--outputFile.json=${reportPath}`];
const { status } = spawnSync("vitest", [...argv, "--testTimeout=1800000"], {
  stdio: "inherit",
  env: {
    ...process.env,
    FASED_PROPERTY_RUNS: String(cases),
    FASED_PROPERTY_SEED: String(seed),
    FASED_PROPERTY_TALLY: tallyPath,
  },
});
const report = JSON.parse(readFileSync(reportPath, "utf8")) as Report;
const laws = report.testResults.flatMap(({ assertionResults }) => assertionResults);
const broken = laws.filter((law) => law.status !== "passed").map(({ title }) => title);
/** Laws that make policies get a share of the cases that the others get. */
const counts = readFileSync(tallyPath, "utf8").trim().split("\n").map(Number);
const total = counts.reduce((sum, count) => sum + count, 0);
const problems = [
  ...broken.map((title) => `does not hold: ${title}`),
  ...(status === 0 ? [] : [`vitest ended with ${status}`]),
  ...(total >= casesMin ? [] : [`only ${total} cases; at least ${casesMin} are wanted`]),
];
conclude({
  claim: `the laws of the policy engine hold in at least ${casesMin} cases`,
  problems,
  result: { seed, laws: laws.length, casesPerLawAtMost: cases, cases: total, broken },
  said: `${laws.length} laws, ${total} cases, ${broken.length} broken`,
});
