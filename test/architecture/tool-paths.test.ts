import ts from "typescript";
import { describe, expect, test } from "vitest";
import { canaries, toolPaths } from "../tool-paths.ts";
import { nodesOf, parseSource, readSources, repositoryRoot, type Source } from "./source.ts";

const suite = "test/scenarios/whole/canaries.test.ts";

/** Who is called, and how: the tool runner, what starts a run, and the door of the message path. */
const begins: readonly (readonly [receiver: RegExp, methods: readonly string[]])[] = [
  [/(^|\.)tools$/, ["dispatch", "resume"]],
  [/(^|\.)runs$/, ["start"]],
  [/(^|\.)inbound$/, ["receive", "submit", "decided", "recover"]],
];

function placesIn(sources: readonly Source[]): string[] {
  const found = sources.flatMap((source) =>
    nodesOf(source).flatMap((node) => {
      if (!ts.isPropertyAccessExpression(node)) return [];
      const receiver = node.expression.getText();
      const begin = begins.some(([pattern, methods]) => pattern.test(receiver) && methods.includes(node.name.text));
      return begin ? [`${source.path} › ${node.getText()}`] : [];
    }),
  );
  return [...new Set(found)].sort();
}

describe("the ways on which tools are called", () => {
  test("are all known, and a canary is sent on each", () => {
    const sources = readSources(repositoryRoot, ["src"]).filter(({ path }) => !path.endsWith(".test.ts"));
    expect(placesIn(sources)).toEqual(Object.keys(toolPaths).sort());
    expect([...new Set(Object.values(toolPaths).flat())].sort()).toEqual([...canaries].sort());
    expect(Object.entries(toolPaths).filter(([, flown]) => flown.length === 0)).toEqual([]);
  });

  test("each canary flies", () => {
    const [source] = readSources(repositoryRoot, ["test"]).filter(({ path }) => path === suite);
    const named = source
      ? nodesOf(source)
          .filter(ts.isStringLiteral)
          .map(({ text }) => text)
      : [];
    expect(canaries.filter((canary) => !named.includes(canary))).toEqual([]);
  });

  test.each([
    ["src/automation/cron.ts", "await this.#ports.inbound.submit(due);", "this.#ports.inbound.submit"],
    ["src/gateway/routes/invoke.ts", "return running.tools.dispatch(call, turn, hooks);", "running.tools.dispatch"],
    ["src/gateway/methods/wake.ts", "const start = running.runs.start;", "running.runs.start"],
  ])("a new one in %s is seen, called or handed on", (path, text, place) => {
    expect(placesIn([parseSource(path, text)])).toEqual([`${path} › ${place}`]);
    expect(toolPaths[`${path} › ${place}`]).toBeUndefined();
  });
});
