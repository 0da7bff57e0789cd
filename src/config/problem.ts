/** What is wrong with a config, said so that a person can fix it. */
import { type ConfigPath, formatPath } from "./path.ts";
import type { Place } from "./tree.ts";

/**
 * `fatal`: the Gateway starts in recovery mode, or not at all. `section`: that part is switched off, the rest runs.
 * `refused`: this version does not do that, and the safe value holds instead. `info`: worth knowing, nothing is
 * switched off.
 */
export type Severity = "fatal" | "section" | "refused" | "info";

export type ConfigProblem = {
  /** Stable: `config.unknown_key` … */
  readonly code: string;
  /** `agents.list[0].id`; empty for the file as a whole. */
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly fix: string;
  readonly severity: Severity;
};

/**
 * Sections that only add something: without them nothing is more open. An error in any other section changes who may
 * do what, so it is fatal.
 */
const optionalSections: ReadonlySet<string> = new Set([
  "audio",
  "browser",
  "canvasHost",
  "cron",
  "discovery",
  "hooks",
  "logging",
  "mcp",
  "media",
  "memory",
  "messages",
  "models",
  "network",
  "nodeHost",
  "nodes",
  "plugins",
  "skills",
  "talk",
  "tts",
  "ui",
  "update",
  "web",
]);

/** The part of the config that is switched off when something at `path` is wrong; undefined: it is fatal. */
export function sectionOf(path: ConfigPath): ConfigPath | undefined {
  const [root, second] = path;
  if (root === "channels" && second !== undefined && second !== "defaults") return path.slice(0, 2);
  if (root === "gateway" && second === "nodes") return path.slice(0, 2);
  return typeof root === "string" && optionalSections.has(root) ? [root] : undefined;
}

export type ProblemWords = { readonly code: string; readonly message: string; readonly fix: string };

/** A problem at `path`, as severe as its section. */
export function problemAt(path: ConfigPath, place: Place, words: ProblemWords): ConfigProblem {
  return describeProblem(path, place, { ...words, severity: sectionOf(path) ? "section" : "fatal" });
}

/** A problem of given severity. */
export function describeProblem(
  path: ConfigPath,
  place: Place,
  words: ProblemWords & { severity: Severity },
): ConfigProblem {
  const { code, message, fix, severity } = words;
  return {
    code,
    path: formatPath(path),
    file: place.file,
    line: place.line,
    column: place.column,
    message,
    fix,
    severity,
  };
}
