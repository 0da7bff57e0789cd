import ts from "typescript";
import { describe, expect, test } from "vitest";
import { nodesOf, parseSource, readSources, repositoryRoot, type Source } from "./architecture/source.ts";
import { type Requirement, requirements } from "./requirements.ts";

const isScenario = ({ path }: Source) => /^test\/(scenarios|e2e|properties|contract)\/.*\.ts$/.test(path);

/** Ids that `verifies(…)` names, and calls whose argument is not a literal. */
function citations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    nodesOf(source).flatMap((node) => {
      if (!ts.isCallExpression(node) || node.expression.getText() !== "verifies") return [];
      return node.arguments.map((argument) =>
        ts.isStringLiteral(argument) ? argument.text : `not a literal: ${argument.getText()}`,
      );
    }),
  );
}

function problems(promises: Record<string, Requirement>, cited: readonly string[]): string[] {
  const unshown = Object.entries(promises).filter(([id, { status }]) => status === "done" && !cited.includes(id));
  const unknown = cited.filter((id) => !(id in promises));
  return [
    ...unshown.map(([id]) => `${id} is marked done, and no scenario cites it`),
    ...unknown.map((id) => `a scenario cites ${id}, which is no promise`),
  ];
}

describe("the promises of the security page", () => {
  test("each promise that is marked done is shown by a scenario, and no scenario cites an unknown one", () => {
    expect(problems(requirements, citations(readSources(repositoryRoot, ["test"]).filter(isScenario)))).toEqual([]);
  });

  test("ids read `subject.condition` and no sentence is promised twice", () => {
    const ids = Object.keys(requirements);
    expect(ids.filter((id) => !/^[a-z]+\.[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
    const sentences = Object.values(requirements).map(({ sentence }) => sentence);
    expect(sentences.filter((sentence, index) => sentences.indexOf(sentence) !== index)).toEqual([]);
    expect(ids.length).toBeGreaterThan(90);
  });
});

describe("the comparison", () => {
  const one = (status: Requirement["status"]) => ({ "dm.open": { section: "DM", sentence: "…", status } });
  const scenario = (text: string) => citations([parseSource("test/scenarios/a.test.ts", text)]);

  test("a promise marked done without a scenario is reported", () => {
    expect(problems(one("done"), [])).toEqual(["dm.open is marked done, and no scenario cites it"]);
    expect(problems(one("done"), scenario('verifies("dm.open");'))).toEqual([]);
    expect(problems(one("planned"), [])).toEqual([]);
  });

  test("a scenario that cites an unknown promise is reported", () => {
    expect(problems(one("planned"), scenario('verifies("dm.opened");'))).toEqual([
      "a scenario cites dm.opened, which is no promise",
    ]);
    expect(problems(one("planned"), scenario("verifies(id);"))).toHaveLength(1);
  });
});
