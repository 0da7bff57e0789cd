import { describe, expect, test } from "vitest";
import { accessGates } from "./architecture/access-gates.ts";
import { effectGates } from "./architecture/effect-gates.ts";
import { type Gate, runGate, runOnExample } from "./architecture/gate.ts";
import { readSources, repositoryRoot } from "./architecture/source.ts";
import { styleGates } from "./architecture/style-gates.ts";

const gates: readonly Gate[] = [...accessGates, ...effectGates, ...styleGates];
const sources = readSources(repositoryRoot, ["src", "ui/src", "test", "scripts"]);

describe.each(gates.map((gate) => [gate.name, gate] as const))("%s", (_, gate) => {
  test("the sources hold it", () => {
    expect(runGate(gate, sources)).toEqual([]);
  });

  test("every planted violation is seen", () => {
    expect(gate.planted.filter((example) => runOnExample(gate, example).length === 0)).toEqual([]);
    expect(gate.planted.length).toBeGreaterThan(0);
  });

  test("its legal neighbours pass", () => {
    expect(gate.benign.flatMap((example) => runOnExample(gate, example))).toEqual([]);
    expect(gate.benign.length).toBeGreaterThan(0);
  });

  test("it fails when it scans nothing", () => {
    expect(() => runGate(gate, [])).toThrow("scanned nothing");
  });
});
