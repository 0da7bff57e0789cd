import ts from "typescript";
import { lineOf, nodesOf, type Source } from "./source.ts";

/** Lines of the function that `node` is, blank ones not counted; 0 for anything else. */
export function functionLines(node: ts.Node, source: Source): number {
  if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return 0;
  return node
    .getText(source.tree)
    .split("\n")
    .filter((line) => line.trim() !== "").length;
}

type Length = { readonly at: string; readonly lines: number };

const most = (rows: readonly Length[]) => rows.reduce((a, b) => (b.lines > a.lines ? b : a), { at: "none", lines: 0 });

const words = ({ at, lines }: Length) => `${lines} lines, ${at}`;

/** The longest file and the longest function, each with its place. */
export function longest(sources: readonly Source[]): { file: string; function: string } {
  const files = sources.map(({ path, text }) => ({ at: path, lines: text.trimEnd().split("\n").length }));
  const functions = sources.flatMap((source) =>
    nodesOf(source).map((node) => ({
      at: `${source.path}:${lineOf(source, node)}`,
      lines: functionLines(node, source),
    })),
  );
  return { file: words(most(files)), function: words(most(functions)) };
}
