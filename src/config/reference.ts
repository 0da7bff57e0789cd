/** Every key that this version reads, flattened: for `docs/config.md`, the Control UI's hints and the tests on both. */
import type * as z from "zod";
import type { KeyDoc } from "./key.ts";
import { listedKeys } from "./listed/keys.ts";
import type { Listed } from "./listed/listed.ts";
import { configSchema } from "./schema.ts";
import { builtOf, docOf, type Schema } from "./schema-keys.ts";
import { notShippedChannels } from "./sections/channel-names.ts";
import type { Json } from "./value.ts";

export type KeyEntry = {
  /** `agents.list[].id`, `channels.irc.groups.*.tools.deny`. */
  readonly path: string;
  /** In words: `text`, `one of a, b`. */
  readonly type: string;
  /** As JSON; undefined where the key has no default. */
  readonly fallback: string | undefined;
  readonly doc: KeyDoc | undefined;
};

/** One entry per key that holds a value; channels that are not shipped are told once, as `channels.<other>`. */
export function keyEntries(): readonly KeyEntry[] {
  return entriesOf(configSchema, "", undefined);
}

const otherChannels: ReadonlySet<string> = new Set(notShippedChannels);

type Wrapped = { readonly schema: Schema; readonly fallback: Json | undefined };

/** The schema inside its wrappers, and the default they give. */
function unwrapped(schema: Schema, fallback: Json | undefined): Wrapped {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "default":
    case "prefault":
      return unwrapped(def.innerType, def.defaultValue as Json);
    case "optional":
    case "nullable":
      return unwrapped(def.innerType, fallback);
    case "lazy":
      return unwrapped(builtOf(schema), fallback);
    case "pipe":
      return unwrapped(def.in, fallback);
    default:
      return { schema, fallback };
  }
}

function entriesOf(outer: Schema, path: string, inherited: Json | undefined): KeyEntry[] {
  const { schema, fallback } = unwrapped(outer, inherited);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "object")
    return Object.entries(def.shape).flatMap(([name, child]) => memberEntries(path, name, child));
  const inner = def.type === "array" ? def.element : def.type === "record" ? def.valueType : undefined;
  const below = def.type === "array" ? `${path}[]` : `${path}.*`;
  const nested = inner && isObjectSchema(inner) ? entriesOf(inner, below, undefined) : [];
  const doc = docOf(outer);
  const own = {
    path,
    type: typeOf(schema),
    fallback: fallback === undefined ? undefined : JSON.stringify(fallback),
    doc,
  };
  return doc || nested.length === 0 ? [own, ...nested] : nested;
}

function memberEntries(path: string, name: string, schema: Schema): KeyEntry[] {
  const inChannels = path === "channels";
  if (inChannels && otherChannels.has(name) && name !== notShippedChannels[0]) return [];
  const shown = inChannels && name === notShippedChannels[0] ? "<other>" : name;
  return entriesOf(schema, path === "" ? shown : `${path}.${shown}`, undefined);
}

const isObjectSchema = (schema: Schema): boolean =>
  (unwrapped(schema, undefined).schema as z.core.$ZodTypes)._zod.def.type === "object";

function typeOf(outer: Schema): string {
  const { schema } = unwrapped(outer, undefined);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "string":
      return "text";
    case "number":
      return "number";
    case "boolean":
      return "true, false";
    case "enum":
      return Object.values(def.entries).map(String).join(", ");
    case "literal":
      return def.values.map(String).join(", ");
    case "array":
      return isObjectSchema(def.element) ? "list of objects" : `list of ${typeOf(def.element)}`;
    case "record":
      return `map of ${typeOf(def.valueType)}`;
    case "union":
      return [...new Set(def.options.map(typeOf))].join(" or ");
    default:
      return def.type === "object" ? "object" : "text";
  }
}

/** The paths of keys that are legal but not used, sorted. */
export function listedPaths(spec: Listed = listedKeys, path = ""): readonly string[] {
  if (typeof spec === "string") return [path];
  if (Array.isArray(spec)) return listedPaths((spec as readonly [Listed])[0], `${path}[]`);
  return Object.entries(spec)
    .flatMap(([name, child]) => listedPaths(child, path === "" ? name : `${path}.${name}`))
    .sort();
}
