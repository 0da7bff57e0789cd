/**
 * `npm test`: unit tests and scenarios, then the Control UI in Chromium, then one summary.
 * With arguments (`npm test -- src/policy`) only vitest runs, with these arguments.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianPackages, isInstalled, needMark } from "../test/debian-packages.ts";
import { type Counts, summarise } from "./test-summary.ts";

type Part = { readonly counts: Counts; readonly skippedNames: readonly string[] };

type VitestReport = {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
};

type BrowserReport = { stats: { expected: number; unexpected: number; flaky: number; skipped: number } };

const reports = mkdtempSync(join(tmpdir(), "fased-test-"));
const requireAll = process.env.FASED_REQUIRE_ALL === "1";

function run(argv: readonly string[], environment: Record<string, string> = {}): number {
  const [program = "", ...rest] = argv;
  const { status } = spawnSync(program, rest, { stdio: "inherit", env: { ...process.env, ...environment } });
  return status ?? 1;
}

/** A suite that ends without a report, or fails without a failed test, counts as one failure. */
function failedAtLeast(failed: number, exitCode: number): number {
  return exitCode === 0 ? failed : Math.max(failed, 1);
}

function runVitest(filters: readonly string[]): Part {
  const file = join(reports, "vitest.json");
  const argv = ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...filters];
  const exitCode = run(argv);
  if (!existsSync(file)) return { counts: { passed: 0, failed: 1, skipped: 0 }, skippedNames: [] };
  const report = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
  const skippedNames = report.testResults
    .flatMap((suite) => suite.assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ fullName }) => fullName);
  const failed = failedAtLeast(report.numFailedTests, exitCode);
  return { counts: { passed: report.numPassedTests, failed, skipped: skippedNames.length }, skippedNames };
}

function runBrowser(): Part {
  const chromium = debianPackages().find(({ name }) => name === "chromium");
  if (!chromium || !isInstalled(chromium)) return skipBrowser();
  const file = join(reports, "browser.json");
  const built = run(["npm", "run", "--silent", "build"]);
  const exitCode =
    built === 0 ? run(["playwright", "test", "--reporter=line,json"], { PLAYWRIGHT_JSON_OUTPUT_FILE: file }) : built;
  if (!existsSync(file)) return { counts: { passed: 0, failed: 1, skipped: 0 }, skippedNames: [] };
  const { stats } = JSON.parse(readFileSync(file, "utf8")) as BrowserReport;
  const failed = failedAtLeast(stats.unexpected + stats.flaky, exitCode);
  const skippedNames = Array.from({ length: stats.skipped }, () => "a browser test that skipped itself");
  return { counts: { passed: stats.expected, failed, skipped: stats.skipped }, skippedNames };
}

function skipBrowser(): Part {
  const name = `the Control UI in a browser ${needMark("chromium")}`;
  return { counts: { passed: 0, failed: 0, skipped: 1 }, skippedNames: [name] };
}

const filters = process.argv.slice(2);
const parts = filters.length > 0 ? [runVitest(filters)] : [runVitest([]), runBrowser()];
rmSync(reports, { recursive: true, force: true });
const summary = summarise({
  counts: parts.map((part) => part.counts),
  skippedNames: parts.flatMap((part) => part.skippedNames),
  requireAll,
});
console.log(`\n${summary.lines.join("\n")}`);
process.exitCode = summary.exitCode;
