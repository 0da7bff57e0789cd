/** The source tree as the architecture gates read it: every file parsed once. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

export const repositoryRoot = join(import.meta.dirname, "../..");

export type Source = { readonly path: string; readonly text: string; readonly tree: ts.SourceFile };

export function parseSource(path: string, text: string): Source {
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind) };
}

/** Paths of all TypeScript files below `folders` of `root`, sorted; a folder that does not exist holds nothing. */
export function sourcePaths(root: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => typescriptFiles(join(root, folder)).map((path) => relative(root, path))).sort();
}

/** Reads and parses; throws when there is nothing to read, because a gate that scans nothing holds nothing. */
export function readSources(root: string, folders: readonly string[]): Source[] {
  const paths = sourcePaths(root, folders);
  if (paths.length === 0) throw new Error(`no source file under ${folders.join(", ")} of ${root}`);
  return paths.map((path) => parseSource(path, readFileSync(join(root, path), "utf8")));
}

const nodes = new WeakMap<Source, readonly ts.Node[]>();

/** Every node of the file, parents first; collected once for all gates. */
export function nodesOf(source: Source): readonly ts.Node[] {
  const known = nodes.get(source);
  if (known) return known;
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  nodes.set(source, found);
  return found;
}

export function lineOf(source: Source, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
