/** Questions about the schema itself: which keys exist where, their documentation, which are secret. */
import type * as z from "zod";
import { type KeyDoc, keyDocs } from "./key.ts";
import { configSchema } from "./schema.ts";

export type Schema = z.core.$ZodType;

/** The schema below optional, default and transform wrappers; of a union, its object. */
function bare(schema: Schema): Schema {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "lazy":
      return bare(builtOf(schema));
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
      return bare(def.innerType);
    case "pipe":
      return bare(def.in);
    case "union":
      return def.options.map(bare).find((option) => shapeOf(option) !== undefined) ?? schema;
    default:
      return schema;
  }
}

/** What a lazy schema stands for, built once. */
export function builtOf(schema: Schema): Schema {
  return (schema as z.core.$ZodLazy)._zod.innerType;
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === "object" ? def.shape : undefined;
}

/** The schema of a key, an entry or an item; undefined where there is none. */
export function childSchema(schema: Schema, part: string | number): Schema | undefined {
  const at = bare(schema);
  const { def } = (at as z.core.$ZodTypes)._zod;
  if (def.type === "object") return Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
  if (def.type === "record") return def.valueType;
  return def.type === "array" ? def.element : undefined;
}

/** The schema at `path`; undefined where the schema has no such key. */
export function schemaAt(path: readonly (string | number)[]): Schema | undefined {
  let at: Schema | undefined = configSchema;
  for (const part of path) at = at && childSchema(at, part);
  return at;
}

/** The keys of the object at `path`; undefined where the schema has no object with fixed keys. */
export function keysAt(path: readonly (string | number)[]): readonly string[] | undefined {
  const schema = schemaAt(path);
  const shape = schema && shapeOf(bare(schema));
  return shape && Object.keys(shape);
}

/** Documentation of a key, found on the schema or below its wrappers. */
export function docOf(schema: Schema): KeyDoc | undefined {
  const own = keyDocs.get(schema);
  if (own) return own;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional" || def.type === "default" || def.type === "prefault") return docOf(def.innerType);
  if (def.type === "lazy") return docOf(builtOf(schema));
  return def.type === "pipe" ? docOf(def.in) : undefined;
}

export const isSecretSchema = (schema: Schema | undefined): boolean =>
  schema !== undefined && docOf(schema)?.secret === true;

/** Whether a text is expected at `path`, so that `123` or `true` typed there is meant as text. */
export function isTextAt(path: readonly (string | number)[]): boolean {
  const schema = schemaAt(path);
  return schema !== undefined && (bare(schema) as z.core.$ZodTypes)._zod.def.type === "string";
}
