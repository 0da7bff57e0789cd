/**
 * The config's text without its secrets, and back. A mask that stands where a secret was shown means: keep what is
 * there. Anywhere else it is a mistake, and never becomes a value.
 */
import { isDeepStrictEqual } from "node:util";
import type { ValueNode } from "@humanwhocodes/momoa";
import { EditError } from "./edit.ts";
import { type ConfigPath, formatPath } from "./path.ts";
import { holdsMask, isMasked, redactConfig, redactionMask } from "./redacted.ts";
import { isReference } from "./substitute.ts";
import { applyChanges, type Change } from "./text-change.ts";
import { documentOf, nameOf, nodeAt, rangeOf } from "./text-nodes.ts";
import { parseTree, TextError } from "./tree.ts";
import { isObject, type Json, plainValue, valueAt } from "./value.ts";

/**
 * The text as people may see it: everything as written, each secret replaced by the mask. A text that is no JSON5 is not
 * shown at all, since nothing tells what in it is secret.
 */
export function redactText(text: string): string {
  try {
    const document = documentOf(text);
    return document ? applyChanges(text, masksIn(document.body, [])) : text;
  } catch (error) {
    if (error instanceof TextError) return "";
    throw error;
  }
}

function masksIn(node: ValueNode, path: ConfigPath): Change[] {
  if (isMasked(valueOfNode(node), path)) {
    const [start, end] = rangeOf(node);
    return [{ start, end, text: JSON.stringify(redactionMask) }];
  }
  if (node.type === "Object") return node.members.flatMap((member) => masksIn(member.value, [...path, nameOf(member)]));
  if (node.type === "Array") return node.elements.flatMap(({ value }, index) => masksIn(value, [...path, index]));
  return [];
}

/** Objects and lists count as something, whatever they hold. */
function valueOfNode(node: ValueNode): Json {
  if (node.type === "Object") return {};
  if (node.type === "Array") return [];
  return node.type === "String" || node.type === "Boolean" || node.type === "Number" ? node.value : null;
}

/**
 * The text with every mask replaced by what `before` has at the same path, byte for byte. Throws EditError
 * `config.masked` for a mask that stands for nothing. A text that is no JSON5 stays as it is, for its reader to refuse.
 */
export function unmaskText(text: string, before: string): string {
  const written = readText(text);
  if (!written) return text;
  const old = readText(before);
  const changes = maskedNodes(written.body, []).map(({ node, path }): Change => {
    assertKept(path, { now: valueAt(written.value, listOf(path) ?? path), old: old?.value ?? {} });
    const kept = old && nodeAt(old.body, path);
    if (!kept) throw standsForNothing(path);
    const [start, end] = rangeOf(node);
    return { start, end, text: before.slice(...rangeOf(kept)) };
  });
  return applyChanges(text, changes);
}

/** The merge patch with every mask resolved in the same way: a masked member is left out, so that it stays. */
export function unmaskPatch(patch: Json, before: string): Json {
  return withoutMasks(patch, [], readText(before)?.value ?? {}) ?? {};
}

/** Undefined when nothing but masks stood there. */
function withoutMasks(value: Json, path: ConfigPath, old: Json): Json | undefined {
  if (value === redactionMask) {
    assertKept(path, { now: value, old });
    return undefined;
  }
  if (Array.isArray(value)) return keptList(value, path, old);
  if (!isObject(value) || Object.keys(value).length === 0) return value;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const left = withoutMasks(member, [...path, name], old);
    return left === undefined ? [] : [[name, left] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** A list is replaced as a whole, so what its masks stand for is put back. */
function keptList(list: readonly Json[], path: ConfigPath, old: Json): Json {
  return list.map((item, index) => {
    if (!holdsMask(item)) return item;
    const at = [...path, index];
    assertKept(at, { now: list, old });
    return valueAt(old, at) ?? item;
  });
}

type Compared = {
  /** What stands at `listOf` of the path now. */
  readonly now: Json | undefined;
  readonly old: Json;
};

/** Throws EditError where a mask at `path` does not stand for the secret that was shown there. */
function assertKept(path: ConfigPath, { now, old }: Compared): void {
  const list = listOf(path);
  if (list !== undefined) {
    if (!isSameUpTo(Number(path[list.length]), now, redactConfig(valueAt(old, list) ?? null, list)))
      throw movedInList(path, list);
    return;
  }
  const there = valueAt(old, path);
  // A reference is shown as it is, but in the settings in force its value is masked too.
  const isSecret = there !== undefined && (isMasked(there, path) || (typeof there === "string" && isReference(there)));
  if (!isSecret) throw standsForNothing(path);
}

/**
 * In a list a place says little: after a removal the mask of one item stands where another was. So there a mask holds
 * only while its item and those before it are as they were shown, and none is gone.
 */
function isSameUpTo(index: number, now: Json | undefined, shown: Json): boolean {
  if (!Array.isArray(now) || !Array.isArray(shown) || now.length < shown.length || index >= shown.length) return false;
  return isDeepStrictEqual(now.slice(0, index + 1), shown.slice(0, index + 1));
}

/** The path of the outermost list that `path` leads into. */
function listOf(path: ConfigPath): ConfigPath | undefined {
  const at = path.findIndex((part) => typeof part === "number");
  return at < 0 ? undefined : path.slice(0, at);
}

/** Undefined when it holds nothing, or is no JSON5. */
function readText(text: string): { readonly body: ValueNode; readonly value: Json } | undefined {
  try {
    const document = documentOf(text);
    return document && { body: document.body, value: plainValue(parseTree(text, "")) };
  } catch (error) {
    if (error instanceof TextError) return undefined;
    throw error;
  }
}

type MaskedNode = { readonly node: ValueNode; readonly path: ConfigPath };

function maskedNodes(node: ValueNode, path: ConfigPath): MaskedNode[] {
  if (node.type === "String" && node.value === redactionMask) return [{ node, path }];
  if (node.type === "Object")
    return node.members.flatMap((member) => maskedNodes(member.value, [...path, nameOf(member)]));
  if (node.type === "Array") return node.elements.flatMap(({ value }, index) => maskedNodes(value, [...path, index]));
  return [];
}

function standsForNothing(path: ConfigPath): EditError {
  const message = `\`${formatPath(path)}\` holds the mask of a secret, but no secret is written there`;
  return new EditError("config.masked", message, "leave it out, or write the secret itself");
}

function movedInList(path: ConfigPath, list: ConfigPath): EditError {
  const message = `\`${formatPath(path)}\` holds the mask of a secret, but \`${formatPath(list)}\` changed at or before it`;
  return new EditError(
    "config.masked",
    message,
    "write the secret itself: in a changed list a mask could name another",
  );
}
