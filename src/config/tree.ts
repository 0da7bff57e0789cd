/** JSON5 text as a tree that knows the line and column of every key. */
import type { AnyNode, MemberNode, ValueNode } from "@humanwhocodes/momoa";
import { parseJson5, tokensOf } from "./json5-text.ts";
import type { ConfigPath } from "./path.ts";
import { forbiddenKeys, formatPath } from "./path.ts";

export type Place = {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
};

type Scalar = string | number | boolean | null;

/** `place` of an object member is the place of its key. */
export type Tree =
  | { readonly kind: "object"; readonly place: Place; readonly members: ReadonlyMap<string, Tree> }
  | { readonly kind: "array"; readonly place: Place; readonly items: readonly Tree[] }
  | { readonly kind: "scalar"; readonly place: Place; readonly value: Scalar };

export type ObjectTree = Extract<Tree, { kind: "object" }>;

export class TextError extends Error {
  readonly code: "config.syntax" | "config.duplicate_key" | "config.forbidden_key" | "config.too_deep";
  readonly place: Place;
  readonly fix: string;

  constructor(code: TextError["code"], place: Place, words: { message: string; fix: string }) {
    super(words.message);
    this.code = code;
    this.place = place;
    this.fix = words.fix;
  }
}

/** Deeper nesting than this is no config. */
const nestingMax = 64;

/** Parses JSON5. Throws TextError with the place. Duplicate keys and keys that reach prototypes are errors. */
export function parseTree(text: string, file: string): Tree {
  refuseDeepNesting(text, file);
  try {
    return treeOf(parseJson5(text).body, { file, path: [] });
  } catch (error) {
    throw error instanceof TextError ? error : syntaxError(text, file, error);
  }
}

/** Brackets inside strings and comments count too: the limit is generous, and a recursive parser must not overflow. */
function refuseDeepNesting(text: string, file: string): void {
  let depth = 0;
  let line = 1;
  for (const character of text) {
    if (character === "\n") line += 1;
    if (character === "{" || character === "[") depth += 1;
    if (character === "}" || character === "]") depth -= 1;
    if (depth > nestingMax * 8) {
      throw new TextError(
        "config.too_deep",
        { file, line, column: 1 },
        {
          message: "brackets are nested too deep",
          fix: `nest at most ${nestingMax} levels`,
        },
      );
    }
  }
}

type Where = { file: string; path: ConfigPath };

function treeOf(node: ValueNode, where: Where): Tree {
  const place = placeOf(node, where.file);
  if (where.path.length > nestingMax) {
    throw new TextError("config.too_deep", place, {
      message: "values are nested too deep",
      fix: `nest at most ${nestingMax} levels`,
    });
  }
  if (node.type === "Object") return { kind: "object", place, members: membersOf(node.members, where) };
  if (node.type === "Array") {
    const items = node.elements.map(({ value }, index) => treeOf(value, { ...where, path: [...where.path, index] }));
    return { kind: "array", place, items };
  }
  return { kind: "scalar", place, value: scalarOf(node, place) };
}

function membersOf(nodes: readonly MemberNode[], where: Where): Map<string, Tree> {
  const members = new Map<string, Tree>();
  for (const node of nodes) {
    const name = node.name.type === "Identifier" ? node.name.name : node.name.value;
    const place = placeOf(node.name, where.file);
    const path = [...where.path, name];
    if (forbiddenKeys.has(name)) {
      throw new TextError("config.forbidden_key", place, {
        message: `\`${formatPath(path)}\` is not a key that a config may have`,
        fix: "remove it",
      });
    }
    const earlier = members.get(name);
    if (earlier) {
      throw new TextError("config.duplicate_key", place, {
        message: `\`${formatPath(path)}\` is set twice; the first is on line ${earlier.place.line}`,
        fix: "keep one of the two",
      });
    }
    members.set(name, { ...treeOf(node.value, { ...where, path }), place });
  }
  return members;
}

function scalarOf(node: Exclude<ValueNode, { type: "Object" | "Array" }>, place: Place): Scalar {
  if (node.type === "Null") return null;
  if (node.type === "String" || node.type === "Boolean") return node.value;
  if (node.type === "Number" && Number.isFinite(node.value)) return node.value;
  throw new TextError("config.syntax", place, {
    message: "this is not a finite number",
    fix: "write an ordinary number",
  });
}

function placeOf(node: AnyNode, file: string): Place {
  return { file, line: node.loc.start.line, column: node.loc.start.column };
}

function syntaxError(text: string, file: string, error: unknown): TextError {
  const unclosed = unclosedBracket(text);
  if (unclosed) {
    const { line, column, bracket } = unclosed;
    return new TextError(
      "config.syntax",
      { file, line, column },
      {
        message: `the \`${bracket}\` on line ${line} is never closed`,
        fix: `add the missing \`${bracket === "{" ? "}" : "]"}\``,
      },
    );
  }
  const place = { file, line: numberIn(error, "line"), column: numberIn(error, "column") };
  const found = text
    .split("\n")
    [place.line - 1]?.slice(place.column - 1, place.column + 19)
    .trim();
  const message = found ? `not valid JSON5 at \`${found}\`` : "not valid JSON5: it ends too early";
  return new TextError("config.syntax", place, {
    message,
    fix: "look for a missing comma, quote or bracket just before it",
  });
}

function unclosedBracket(text: string): { bracket: "{" | "["; line: number; column: number } | undefined {
  const open: { bracket: "{" | "["; line: number; column: number }[] = [];
  try {
    for (const { type, loc } of tokensOf(text)) {
      if (type === "LBrace") open.push({ bracket: "{", line: loc.start.line, column: loc.start.column });
      if (type === "LBracket") open.push({ bracket: "[", line: loc.start.line, column: loc.start.column });
      if (type === "RBrace" || type === "RBracket") open.pop();
    }
  } catch {
    return undefined;
  }
  return open.at(-1);
}

function numberIn(error: unknown, name: "line" | "column"): number {
  const value = typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === "number" ? value : 1;
}
