/** A gate is a rule about the sources that no linter knows, with examples that show it red and green. */
import type ts from "typescript";
import { lineOf, nodesOf, parseSource, type Source } from "./source.ts";

export type Violation = { readonly where: string; readonly what: string };

/** A file that does not exist: its path decides which gates look at it. */
export type Example = { readonly path: string; readonly text: string };

export type Gate = {
  readonly name: string;
  /** What goes wrong without it; printed with every violation. */
  readonly why: string;
  covers(path: string): boolean;
  /** Judges all covered files together. */
  find(sources: readonly Source[]): Violation[];
  /** Each must be reported. */
  readonly planted: readonly Example[];
  /** None may be reported: the legal neighbour of what is planted. */
  readonly benign: readonly Example[];
};

/** Runs the gate on the files it covers; throws when it covers none of them. */
export function runGate(gate: Gate, sources: readonly Source[]): string[] {
  const covered = sources.filter((source) => gate.covers(source.path));
  if (covered.length === 0) throw new Error(`the gate "${gate.name}" scanned nothing`);
  return gate.find(covered).map(({ where, what }) => `${where} ${what}. ${gate.why}`);
}

/** The examples of one gate as sources, whether or not it covers them. */
export function runOnExample(gate: Gate, example: Example): Violation[] {
  return gate.covers(example.path) ? gate.find([parseSource(example.path, example.text)]) : [];
}

/** Builds `find` from a function that judges one node. */
export function perNode(judge: (node: ts.Node, source: Source) => string | undefined): Gate["find"] {
  return (sources) =>
    sources.flatMap((source) =>
      [...nodesOf(source)].flatMap((node) => {
        const what = judge(node, source);
        return what === undefined ? [] : [{ where: `${source.path}:${lineOf(source, node)}`, what }];
      }),
    );
}

/** Builds `find` from a function that judges one line of text. */
export function perLine(judge: (line: string, source: Source) => string | undefined): Gate["find"] {
  return (sources) =>
    sources.flatMap((source) =>
      source.text.split("\n").flatMap((line, index) => {
        const what = judge(line, source);
        return what === undefined ? [] : [{ where: `${source.path}:${index + 1}`, what }];
      }),
    );
}

const isTest = (path: string) => /\.test\.tsx?$/.test(path);

/** `src` without tests, minus the given folders (`src/config/`) and files. */
export function productionExcept(...allowed: string[]): Gate["covers"] {
  return (path) => path.startsWith("src/") && !isTest(path) && !allowed.some((prefix) => path.startsWith(prefix));
}

export const everywhere: Gate["covers"] = () => true;
