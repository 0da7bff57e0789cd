import { describe, expect, test } from "vitest";
import { judgeMutants, type Mutant, type MutationReport, survivorKey } from "../../scripts/mutation-report.ts";

const source = "const a = 1;\n  return a > 1;\n";
const mutant = (status: string, column = 10): Mutant => ({
  mutatorName: "EqualityOperator",
  replacement: "a >= 1",
  status,
  location: { start: { line: 2, column } },
});
const report = (...mutants: Mutant[]): MutationReport => ({ files: { "src/policy/a.ts": { source, mutants } } });
const key = "src/policy/a.ts | EqualityOperator | return ▸a > 1; | a >= 1";
const killed = (count: number) => Array.from({ length: count }, () => mutant("Killed"));

describe("the judgement of a mutation report", () => {
  test("all killed is 100 % without problems; a time-out counts as killed", () => {
    expect(judgeMutants(report(...killed(19), mutant("Timeout")), {})).toEqual({
      mutants: 20,
      killed: 20,
      survived: 0,
      scorePercent: 100,
      problems: [],
    });
  });

  test("a survivor needs a reason, found by its text", () => {
    expect(survivorKey("src/policy/a.ts", source, mutant("Survived"))).toBe(key);
    expect(judgeMutants(report(...killed(19), mutant("Survived")), {}).problems).toEqual([
      `survivor without a reason: ${key}`,
    ]);
    expect(
      judgeMutants(report(...killed(19), mutant("Survived")), { [key]: "both orders give one set" }),
    ).toMatchObject({
      scorePercent: 95,
      problems: [],
    });
    expect(judgeMutants(report(...killed(19), mutant("Survived")), { [key]: "ok" }).problems).toHaveLength(1);
  });

  test("a mutant that no test reaches is a survivor", () => {
    expect(judgeMutants(report(...killed(19), mutant("NoCoverage")), {})).toMatchObject({ survived: 1, killed: 19 });
  });

  test("a reason whose survivor is gone is reported", () => {
    expect(judgeMutants(report(...killed(2)), { [key]: "both orders give one set" }).problems).toEqual([
      `reason without a survivor: ${key}`,
    ]);
  });

  test("below 95 % fails, even with all reasons given", () => {
    const survivors = [mutant("Survived"), mutant("Survived")];
    const { problems } = judgeMutants(report(...killed(18), ...survivors), { [key]: "both orders give one set" });
    expect(problems).toEqual(["the score 90 % is below 95 %"]);
  });

  test("a mutant switched off by a comment is a problem", () => {
    expect(judgeMutants(report(...killed(2), mutant("Ignored")), {}).problems).toEqual([
      "1 mutants are switched off by comments",
    ]);
  });

  test("an empty report fails", () => {
    expect(judgeMutants(report(), {}).problems).toContain("no mutant was judged");
  });
});
