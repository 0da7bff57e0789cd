/** Takes the keys that are legal but not read out of a config, so that the strict schema sees only what it knows. */
import type { ConfigPath, PathPart } from "../path.ts";
import { childSchema, type Schema, schemaAt } from "../schema-keys.ts";
import { suggestion } from "../suggest.ts";
import { isObject, type Json, kindOf } from "../value.ts";
import { listedKeys } from "./keys.ts";
import type { Listed, ListedObject } from "./listed.ts";

type KeyFault = {
  readonly path: ConfigPath;
  readonly code: "config.unknown_key" | "config.wrong_type";
  readonly message: string;
  readonly fix: string;
};

export type SetAside = {
  /** What is left for the schema. */
  readonly value: Json;
  /** The outermost paths that this version does not read. */
  readonly listed: readonly ConfigPath[];
  readonly faults: readonly KeyFault[];
};

type Both = { readonly spec: Listed; readonly schema: Schema };

/** Splits `value` by the list of keys that are legal but not read. */
export function setListedAside(value: Json, root: Schema): SetAside {
  const listed: ConfigPath[] = [];
  const faults: KeyFault[] = [];

  function readPart(at: Json, { spec, schema }: Both, path: ConfigPath): Json {
    if (isList(spec) && Array.isArray(at)) return readItems(at, { spec: spec[0], schema }, path);
    if (!isContainer(spec) || !isObject(at)) return at;
    const members = Object.entries(at).flatMap(([name, child]) => {
      const rest = readMember(child, { spec, schema }, [...path, name]);
      return rest === undefined ? [] : [[name, rest] as const];
    });
    return Object.fromEntries(members);
  }

  function readItems(items: readonly Json[], { spec, schema }: Both, path: ConfigPath): Json {
    const item = childSchema(schema, 0);
    return item ? items.map((one, index) => readPart(one, { spec, schema: item }, [...path, index])) : items;
  }

  /** What is left of a member; undefined when it is set aside. */
  function readMember(child: Json, within: { spec: ListedObject; schema: Schema }, path: ConfigPath): Json | undefined {
    const name = String(path.at(-1));
    const schema = childSchema(within.schema, name);
    const spec = specOf(within.spec, name, schema);
    if (spec === undefined) return child;
    if (schema) return readPart(child, { spec, schema }, path);
    listed.push(path);
    faults.push(...faultsOf(child, spec, path));
    return undefined;
  }

  return { value: readPart(value, { spec: listedKeys, schema: root }, []), listed, faults };
}

/** A wildcard of the list speaks for keys that the schema does not name, and for the entries of records. */
function specOf(spec: ListedObject, name: string, schema?: Schema): Listed | undefined {
  if (Object.hasOwn(spec, name)) return spec[name];
  const any = spec["*"];
  return schema && typeof any === "string" ? undefined : any;
}

function faultsOf(at: Json, spec: Listed, path: ConfigPath): KeyFault[] {
  if (isList(spec)) {
    if (!Array.isArray(at)) return [wrongType(at, "a list", path)];
    return at.flatMap((item, index) => faultsOf(item, spec[0], [...path, index]));
  }
  if (!isContainer(spec)) {
    const expected = expectedInstead(at, spec);
    return expected === undefined ? [] : [wrongType(at, expected, path)];
  }
  if (!isObject(at)) return [wrongType(at, "an object", path)];
  return Object.entries(at).flatMap(([name, child]) => {
    const childSpec = specOf(spec, name);
    return childSpec === undefined ? [unknownKey(spec, path, name)] : faultsOf(child, childSpec, [...path, name]);
  });
}

function unknownKey(spec: ListedObject, path: ConfigPath, name: string): KeyFault {
  return {
    path: [...path, name],
    code: "config.unknown_key",
    message: `\`${name}\` is not a key of the config`,
    fix: suggestion(name, Object.keys(spec), "remove it"),
  };
}

function wrongType(at: Json, expected: string, path: ConfigPath): KeyFault {
  return {
    path,
    code: "config.wrong_type",
    message: `expected ${expected}, found ${kindOf(at)}`,
    fix: `write ${expected}`,
  };
}

const checks: Readonly<Record<string, { expected: string; holds: (at: Json) => boolean }>> = {
  any: { expected: "any value", holds: () => true },
  map: { expected: "an object", holds: isObject },
  string: { expected: "text", holds: (at) => typeof at === "string" },
  secret: { expected: "text", holds: (at) => typeof at === "string" || isObject(at) },
  number: { expected: "a number", holds: (at) => typeof at === "number" },
  boolean: { expected: "true or false", holds: (at) => typeof at === "boolean" },
  strings: {
    expected: "a list of texts",
    holds: (at) => Array.isArray(at) && at.every((item) => typeof item === "string" || typeof item === "number"),
  },
};

/** What was expected at a leaf; undefined when the value fits. */
function expectedInstead(at: Json, type: string): string | undefined {
  const check = checks[type];
  if (check) return check.holds(at) ? undefined : check.expected;
  const words = type.split("|");
  return typeof at === "string" && words.includes(at)
    ? undefined
    : `one of ${words.map((word) => `\`${word}\``).join(", ")}`;
}

function isContainer(spec: Listed): spec is ListedObject {
  return typeof spec === "object" && !Array.isArray(spec);
}

function isList(spec: Listed): spec is readonly [Listed] {
  return Array.isArray(spec);
}

/** What the list says about `path`; undefined where it says nothing. */
export function listedAt(path: ConfigPath): Listed | undefined {
  let at: Listed | undefined = listedKeys;
  let schema: Schema | undefined = schemaAt([]);
  for (const part of path) {
    schema = schema && childSchema(schema, part);
    at = at && listedChild(at, part, schema);
  }
  return at;
}

function listedChild(spec: Listed, part: PathPart, schema: Schema | undefined): Listed | undefined {
  if (isList(spec)) return spec[0];
  return isContainer(spec) ? specOf(spec, String(part), schema) : undefined;
}

/** The keys that are listed below `path`. */
export function listedBelow(path: ConfigPath): readonly string[] {
  const spec = listedAt(path);
  return spec !== undefined && isContainer(spec) ? Object.keys(spec).filter((name) => name !== "*") : [];
}
