/** Plain values of a tree, and edits on them that never touch their input. */
import type { ConfigPath, PathPart } from "./path.ts";
import { pathKey } from "./path.ts";
import type { Place, Tree } from "./tree.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export function plainValue(tree: Tree): Json {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "array") return tree.items.map(plainValue);
  return Object.fromEntries([...tree.members].map(([name, value]) => [name, plainValue(value)]));
}

/** Look-up key of each path → where it is set. */
export function placesOf(tree: Tree): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const walk = (at: Tree, path: ConfigPath): void => {
    places.set(pathKey(path), at.place);
    if (at.kind === "array") at.items.forEach((item, index) => void walk(item, [...path, index]));
    if (at.kind === "object") for (const [name, value] of at.members) walk(value, [...path, name]);
  };
  walk(tree, []);
  return places;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at `path`; undefined where nothing does. */
export function valueAt(value: Json | undefined, path: ConfigPath): Json | undefined {
  let at = value;
  for (const part of path) at = childOf(at, part);
  return at;
}

function childOf(value: Json | undefined, part: PathPart): Json | undefined {
  if (Array.isArray(value)) return (value as readonly Json[])[Number(part)];
  if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
  return value[part];
}

/** A copy without what stands at `path`. */
export function without(value: Json, path: ConfigPath): Json {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(value)) return withoutItem(value, Number(part), rest);
  if (!isObject(value)) return value;
  const { [part]: child, ...others } = value;
  if (child === undefined || rest.length === 0) return others;
  return { ...others, [part]: without(child, rest) };
}

function withoutItem(items: readonly Json[], index: number, rest: ConfigPath): Json {
  if (rest.length === 0) return items.filter((_, at) => at !== index);
  return items.map((item, at) => (at === index ? without(item, rest) : item));
}

/** What a value is, in a word that people use. */
export function kindOf(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
