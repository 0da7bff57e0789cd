/**
 * Edits of the config's text that keep comments, order and every byte that they do not concern. Each result is parsed
 * again and compared with what was wanted, so an edit either does exactly its work or is refused.
 */

import { isDeepStrictEqual } from "node:util";
import type { ArrayNode, DocumentNode, MemberNode, ValueNode } from "@humanwhocodes/momoa";
import { type ConfigPath, formatPath, isIndex } from "./path.ts";
import { type PrintStyle, printKey, printValue } from "./print.ts";
import { holdsMask } from "./redacted.ts";
import { applyChanges, type Change, insertionOf, removalOf } from "./text-change.ts";
import { childNode, documentOf, indexOf, nodeAt, rangeOf } from "./text-nodes.ts";
import { parseTree } from "./tree.ts";
import { isObject, type Json, plainValue, valueAt, without } from "./value.ts";

export class EditError extends Error {
  readonly code: "config.not_set" | "config.cannot_set" | "config.masked" | "config.cannot_edit";
  readonly fix: string;

  constructor(code: EditError["code"], message: string, fix: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}

/** The text with `value` at `path`. Throws TextError on a text that is no JSON5, EditError where nothing can be set. */
export function setValue(text: string, path: ConfigPath, value: Json): string {
  if (holdsMask(value)) {
    throw new EditError("config.masked", "the mask of a secret is not a value", "give the new secret, or leave it out");
  }
  const document = documentOf(text);
  if (!document) return text + freshObject(text, path, value);
  const before = plainValue(parseTree(text, ""));
  const wanted = withValue(before, path, value);
  return verified(applyChanges(text, changesToSet(text, document, { path, value })), wanted);
}

/** The text without what stands at `path`. Throws EditError `config.not_set` where nothing does. */
export function unsetValue(text: string, path: ConfigPath): string {
  const document = documentOf(text);
  const parent = document && nodeAt(document.body, path.slice(0, -1));
  const last = path.at(-1);
  const index = parent && last !== undefined ? indexOf(parent, last) : undefined;
  if (!document || !parent || index === undefined) throw notSet(path);
  const wanted = without(plainValue(parseTree(text, "")), path);
  const tokens = document.tokens ?? [];
  return verified(applyChanges(text, removalOf(text, tokens, { parts: partsOf(parent), index })), wanted);
}

/** The text after a merge patch (RFC 7396): null removes, objects merge, everything else replaces. */
export function patchText(text: string, patch: Json): string {
  if (!isObject(patch)) throw new EditError("config.cannot_set", "a patch is an object", "wrap it in { }");
  return changesOf(patch, []).reduce((edited, { path, value }) => {
    if (value !== null) return setValue(edited, path, value);
    return isSet(edited, path) ? unsetValue(edited, path) : edited;
  }, text);
}

/** A value as people write it on the command line or in a patch: JSON5. Throws TextError. */
export function parseValue(text: string): Json {
  return plainValue(parseTree(text, ""));
}

function changesOf(patch: Json, path: ConfigPath): { path: ConfigPath; value: Json }[] {
  if (!isObject(patch) || (Object.keys(patch).length === 0 && path.length > 0)) return [{ path, value: patch }];
  return Object.entries(patch).flatMap(([name, value]) => changesOf(value, [...path, name]));
}

function isSet(text: string, path: ConfigPath): boolean {
  const document = documentOf(text);
  return document !== undefined && valueAt(plainValue(parseTree(text, "")), path) !== undefined;
}

const notSet = (path: ConfigPath) =>
  new EditError("config.not_set", `\`${formatPath(path)}\` is not set in this file`, "nothing to remove");

function freshObject(text: string, path: ConfigPath, value: Json): string {
  const style = styleOf(text);
  const separator = text === "" || text.endsWith("\n") ? "" : style.newline;
  return `${separator}${printValue(nested(path, value), style)}${style.newline}`;
}

function verified(text: string, wanted: Json): string {
  const asJson = JSON.parse(JSON.stringify(wanted));
  if (isDeepStrictEqual(plainValue(parseTree(text, "")), asJson)) return text;
  throw new EditError("config.cannot_edit", "this file cannot be edited safely by program", "edit it by hand");
}

/** How the file is written: its first key and its first indented line decide. */
function styleOf(text: string): PrintStyle {
  const [indent = "  "] = /^(\t|[ ]{2,8})(?=\S)/m.exec(text) ?? [];
  return {
    indent,
    newline: text.includes("\r\n") ? "\r\n" : "\n",
    keys: /^\s*\{\s*"/.test(text) ? "quoted" : "plain",
  };
}

type Setting = { readonly path: ConfigPath; readonly value: Json };

function changesToSet(text: string, document: DocumentNode, { path, value }: Setting): Change[] {
  const style = styleOf(text);
  let node: ValueNode = document.body;
  for (const [depth, part] of path.entries()) {
    const child = childNode(node, part);
    if (!child) return changesToAdd(text, { document, node }, { path, depth, value, style });
    node = child;
  }
  const [start, end] = rangeOf(node);
  return [{ start, end, text: printValue(value, style, marginAt(text, start)) }];
}

type Addition = Setting & { readonly depth: number; readonly style: PrintStyle };

function changesToAdd(
  text: string,
  { document, node }: { document: DocumentNode; node: ValueNode },
  { path, depth, value, style }: Addition,
): Change[] {
  const part = path[depth] ?? "";
  const inner = nested(path.slice(depth + 1), value);
  const tokens = document.tokens ?? [];
  const [start, end] = rangeOf(node);
  const margin = marginAt(text, start) + style.indent;
  const container = { start, end, parts: partsOf(node), style, margin };
  if (node.type === "Object" && typeof part === "string") {
    const print = (inside: string) => `${printKey(part, style)}: ${printValue(inner, style, inside)}`;
    return insertionOf(text, tokens, { ...container, print });
  }
  if (node.type === "Array" && isIndex(part) && Number(part) === node.elements.length) {
    return insertionOf(text, tokens, { ...container, print: (inside) => printValue(inner, style, inside) });
  }
  throw cannotSet(path, depth, node);
}

function cannotSet(path: ConfigPath, depth: number, node: ValueNode): EditError {
  const where = depth === 0 ? "the config" : `\`${formatPath(path.slice(0, depth))}\``;
  if (node.type === "Array") {
    const message = `${where} is a list of ${node.elements.length}, so \`${formatPath(path)}\` cannot be set`;
    return new EditError("config.cannot_set", message, `the next index is ${node.elements.length}`);
  }
  const message = `${where} is ${node.type === "Object" ? "an object" : "a single value"}, so \`${formatPath(path)}\` cannot be set`;
  return new EditError("config.cannot_set", message, "set the part above it as a whole");
}

/** `value` inside the objects and lists that `path` asks for. */
function nested(path: ConfigPath, value: Json): Json {
  return path.reduceRight<Json>((inner, part) => (typeof part === "number" ? [inner] : { [part]: inner }), value);
}

function withValue(at: Json | undefined, path: ConfigPath, value: Json): Json {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (at === undefined) return nested(path, value);
  if (Array.isArray(at)) {
    const items = at as readonly Json[];
    const index = Number(part);
    const item = withValue(items[index], rest, value);
    return index === items.length ? [...items, item] : items.map((old, position) => (position === index ? item : old));
  }
  return isObject(at) ? { ...at, [part]: withValue(at[part], rest, value) } : at;
}

type Part = MemberNode | ArrayNode["elements"][number];

function partsOf(node: ValueNode): readonly { start: number; end: number }[] {
  const parts: readonly Part[] = node.type === "Object" ? node.members : node.type === "Array" ? node.elements : [];
  return parts.map((part) => {
    const [start, end] = part.range ?? rangeOf(part.value);
    return { start, end };
  });
}

/** The white space that the line of `offset` begins with. */
function marginAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}
