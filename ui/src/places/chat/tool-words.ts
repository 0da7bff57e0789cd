/** One line for one tool call, and the facts behind it. Pure. */
import { list, numberOf, record, stringOf } from "../../wire/frames.ts";
import type { ToolEntry } from "./transcript.ts";

export type ToolFacts = {
  readonly line: string;
  readonly exitCode: number | undefined;
  readonly durationMs: number | undefined;
  readonly sandbox: "proven" | "unproven" | "off" | undefined;
  readonly diffs: readonly { readonly path: string; readonly diff: string }[];
};

/** The argument that says most, in the order in which tools carry them. */
const telling = ["command", "argv", "path", "file_path", "url", "query", "to", "text", "message", "handle", "action"];

export function toolFacts(entry: ToolEntry): ToolFacts {
  const { details } = entry;
  return {
    line: argumentLine(entry.argumentsText),
    exitCode: numberOf(details["exitCode"]),
    durationMs: numberOf(details["durationMs"]),
    sandbox: sandboxOf(details["sandbox"]),
    diffs: diffsOf(details),
  };
}

export function argumentLine(argumentsText: string): string {
  const args = parsed(argumentsText);
  const key = telling.find((name) => args[name] !== undefined);
  const value = key === undefined ? argumentsText : args[key];
  const line = Array.isArray(value) ? value.join(" ") : typeof value === "string" ? value : JSON.stringify(value);
  return line === "{}" ? "" : (line.split("\n")[0] ?? "");
}

/** Arguments as a person reads them: each on its own line, long text as it is. */
export function argumentRows(argumentsText: string): readonly { readonly name: string; readonly value: string }[] {
  const entries = Object.entries(parsed(argumentsText));
  if (entries.length === 0 && argumentsText !== "" && argumentsText !== "{}")
    return [{ name: "", value: argumentsText }];
  return entries.map(([name, value]) => ({
    name,
    value: typeof value === "string" ? value : JSON.stringify(value, null, 2),
  }));
}

/** Paths that a list of calls changed, in order, once each. */
export function changedFiles(
  entries: readonly ToolEntry[],
): readonly { readonly path: string; readonly diff: string }[] {
  const byPath = new Map<string, string>();
  for (const entry of entries) {
    for (const { path, diff } of diffsOf(entry.details))
      byPath.set(path, [byPath.get(path), diff].filter(Boolean).join("\n"));
  }
  return [...byPath].map(([path, diff]) => ({ path, diff }));
}

function diffsOf(details: Readonly<Record<string, unknown>>): readonly { path: string; diff: string }[] {
  const several = [...list(details["diffs"]), ...list(details["changed"])].map((row) =>
    typeof row === "string"
      ? { path: row, diff: "" }
      : { path: pathOf(record(row)), diff: stringOf(record(row)["diff"]) ?? "" },
  );
  const single = stringOf(details["diff"]);
  return single === undefined ? several : [...several, { path: pathOf(details), diff: single }];
}

function pathOf(row: Readonly<Record<string, unknown>>): string {
  return stringOf(row["path"]) ?? "";
}

function sandboxOf(value: unknown): ToolFacts["sandbox"] {
  const state = stringOf(value) ?? stringOf(record(value)["state"]);
  return state === "proven" || state === "unproven" || state === "off" ? state : undefined;
}

function parsed(argumentsText: string): Record<string, unknown> {
  try {
    return record(JSON.parse(argumentsText));
  } catch {
    return {};
  }
}
