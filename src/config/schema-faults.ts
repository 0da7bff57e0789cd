/** The schema's complaints in words that say what, where and what to do. */
import type * as z from "zod";
import { listedBelow } from "./listed/set-aside.ts";
import type { ConfigPath, PathPart } from "./path.ts";
import { listOf, type RuleFault } from "./rule-fault.ts";
import { keysAt } from "./schema-keys.ts";
import { nearest, suggestion } from "./suggest.ts";
import { type Json, kindOf, valueAt } from "./value.ts";

/** One fault per complaint; unknown keys are told one by one. */
export function schemaFaults(error: z.ZodError, value: Json): RuleFault[] {
  return error.issues.flatMap((issue) => faultsOf(issue, value));
}

function faultsOf(issue: z.core.$ZodIssue, value: Json): RuleFault[] {
  const path = issue.path.map((part): PathPart => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => unknownKey(path, name));
  const found = valueAt(value, path);
  if (issue.code === "invalid_type" && found === undefined) return [missingKey(path)];
  if (issue.code === "invalid_type") return [wrongType(path, typeWords[issue.expected] ?? issue.expected, found)];
  if (issue.code === "invalid_value") return [wrongWord(path, issue.values.map(String), found)];
  return [{ path, code: "config.wrong_value", message: lowerFirst(issue.message), fix: "correct the value" }];
}

function unknownKey(parent: ConfigPath, name: string): RuleFault {
  const legal = [...new Set([...(keysAt(parent) ?? []), ...listedBelow(parent)])];
  return {
    path: [...parent, name],
    code: "config.unknown_key",
    message: `\`${name}\` is not a key of ${parent.length === 0 ? "the config" : "this section"}`,
    fix: suggestion(name, legal, `remove it; legal here: ${listOf(legal.slice(0, suggestionsMax))}`),
  };
}

const suggestionsMax = 12;

function missingKey(path: ConfigPath): RuleFault {
  const name = String(path.at(-1));
  return { path, code: "config.missing_key", message: `\`${name}\` is missing`, fix: `add \`${name}\`` };
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function wrongType(path: ConfigPath, expected: string, found: Json | undefined): RuleFault {
  const message = `expected ${expected}, found ${kindOf(found)}`;
  return { path, code: "config.wrong_type", message, fix: `write ${expected}` };
}

function wrongWord(path: ConfigPath, legal: readonly string[], found: Json | undefined): RuleFault {
  const near = typeof found === "string" ? nearest(found, legal) : undefined;
  return {
    path,
    code: "config.wrong_value",
    message: `${typeof found === "string" ? `\`${found}\` is` : "this is"} not one of ${listOf(legal)}`,
    fix: near === undefined ? "choose one of them" : `did you mean \`${near}\`?`,
  };
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
