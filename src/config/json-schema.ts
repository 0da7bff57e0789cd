/** The config as JSON Schema, for editors and the Control UI: what is read, and what is legal beside it. */
import * as z from "zod";
import { listedKeys } from "./listed/keys.ts";
import type { Listed, ListedObject } from "./listed/listed.ts";
import { configSchema } from "./schema.ts";
import { docOf } from "./schema-keys.ts";

export type JsonSchema = { [name: string]: unknown; properties?: Record<string, JsonSchema>; items?: JsonSchema };

/** JSON Schema 2020-12. Keys that this version does not use say so in their description. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const doc = docOf(zodSchema);
      if (!doc) return;
      jsonSchema.description = doc.risk === undefined ? doc.effect : `${doc.effect} Risk: ${doc.risk}`;
      if (doc.secret) jsonSchema["writeOnly"] = true;
    },
  }) as JsonSchema;
  return { ...withListed(schema, listedKeys), title: "Fased config" };
}

function withListed(schema: JsonSchema, spec: Listed): JsonSchema {
  if (isList(spec)) return schema.items ? { ...schema, items: withListed(schema.items, spec[0]) } : schema;
  if (typeof spec === "string") return schema;
  return schema.properties ? withListedKeys(schema, spec) : withListedEntries(schema, spec);
}

function withListedKeys(schema: JsonSchema, spec: ListedObject): JsonSchema {
  const properties = { ...schema.properties };
  for (const [name, child] of Object.entries(spec)) {
    const known = properties[name];
    if (name === "*") continue;
    properties[name] = known ? withListed(known, child) : { ...listedSchema(child), description: notUsed };
  }
  return { ...schema, properties };
}

/** Of a map whose keys people choose. */
function withListedEntries(schema: JsonSchema, spec: ListedObject): JsonSchema {
  const entries = schema["additionalProperties"];
  const any = spec["*"];
  if (any === undefined || !isSchema(entries)) return schema;
  return { ...schema, additionalProperties: withListed(entries, any) };
}

const notUsed = "Legal, but this version does not use it.";

function listedSchema(spec: Listed): JsonSchema {
  if (isList(spec)) return { type: "array", items: listedSchema(spec[0]) };
  if (typeof spec === "string") return leaves[spec] ?? { enum: spec.split("|") };
  const named = Object.entries(spec).filter(([name]) => name !== "*");
  const properties = Object.fromEntries(named.map(([name, child]) => [name, listedSchema(child)]));
  const any = spec["*"];
  return { type: "object", properties, additionalProperties: any === undefined ? false : listedSchema(any) };
}

const leaves: Readonly<Record<string, JsonSchema>> = {
  any: {},
  map: { type: "object" },
  string: { type: "string" },
  secret: { type: ["string", "object"], writeOnly: true },
  number: { type: "number" },
  boolean: { type: "boolean" },
  strings: { type: "array", items: { type: ["string", "number"] } },
};

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;

function isList(spec: Listed): spec is readonly [Listed] {
  return Array.isArray(spec);
}
