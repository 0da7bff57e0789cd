/** Checks the subjects of all commits (or of the given range) and fails on the first run over none. */
import { execFileSync } from "node:child_process";
import { subjectProblem } from "./commit-subject.ts";

const range = process.argv[2] ?? "HEAD";
const log = execFileSync("git", ["log", "--no-merges", "--format=%h %s", range], { encoding: "utf8" });
const commits = log.split("\n").filter((line) => line !== "");
const problems = commits.flatMap((line) => {
  const problem = subjectProblem(line.slice(line.indexOf(" ") + 1));
  return problem === undefined ? [] : [`${line}\n  ${problem}`];
});
if (commits.length === 0) problems.push(`no commit in ${range}`);
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${commits.length} commit subjects are well formed`);
process.exitCode = problems.length === 0 ? 0 : 1;
