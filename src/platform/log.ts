/**
 * The log: JSON lines in `<state>/logs/fased-YYYY-MM-DD.log` (0600), and readable lines on the console. Whatever is
 * logged passes the redactor first, so a secret in a message, an error or a field is masked before it is written.
 */
import { styleText } from "node:util";
import { pino } from "pino";
import type { Clock } from "./clock.ts";
import { LogFile } from "./log-file.ts";
import type { Redactor } from "./redact.ts";
import { Secret, secretMask } from "./secret.ts";
import { visibleLine } from "./visible-text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with `part` (`gateway`, `channels/irc` …) on each line. */
  child(part: string): Log;
  /** Closes the file; a later line opens it again. */
  close(): void;
}

export type LogOptions = {
  /** `<state>/logs`; without it nothing is written to disk. */
  readonly folder?: string;
  /** Asked for each line: from which level on it goes to the file, and to the console. */
  readonly levels: () => { readonly file: LogLevel; readonly console: LogLevel };
  readonly redact: Redactor;
  readonly clock: Clock;
  /** Where readable lines go, without their line end; without it there is no console log. */
  readonly console?: (line: string) => void;
};

const depthMax = 6;
const entriesMax = 100;
const textLengthMax = 8 * 1024;

export function createLog(options: LogOptions): Log {
  const show = options.console;
  const file = options.folder
    ? new LogFile(options.folder, options.clock, (problem) => show?.(consoleLine("warn", `log: ${problem}`, {})))
    : undefined;
  const sink = pino(
    {
      level: "debug",
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: "message",
    },
    { write: (line: string) => file?.append(line) },
  );
  const write = (level: LogLevel, message: string, fields: LogFields): void => {
    const levels = options.levels();
    const [toFile, toConsole] = [rank[level] >= rank[levels.file], rank[level] >= rank[levels.console]];
    if (!toFile && !toConsole) return;
    const safe = masked(fields, options.redact, 0) as LogFields;
    const text = cut(options.redact(message));
    if (toFile) sink[level](safe, text);
    if (toConsole) show?.(consoleLine(level, text, safe));
  };
  return logOf(write, () => file?.close());
}

type Write = (level: LogLevel, message: string, fields: LogFields) => void;

function logOf(write: Write, close: () => void): Log {
  return {
    debug: (message, fields = {}) => write("debug", message, fields),
    info: (message, fields = {}) => write("info", message, fields),
    warn: (message, fields = {}) => write("warn", message, fields),
    error: (message, fields = {}) => write("error", message, fields),
    child: (part) => logOf((level, message, fields) => write(level, message, { part, ...fields }), close),
    close,
  };
}

/** A copy for the log: no secret, no cycle, no function, and nothing endless. */
function masked(value: unknown, redact: Redactor, depth: number): unknown {
  if (typeof value === "string") return cut(redact(value));
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "[function]" : value;
  if (value instanceof Secret) return secretMask;
  if (depth >= depthMax) return "[deeper]";
  if (value instanceof Error) return maskedError(value, redact, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, entriesMax).map((entry) => masked(entry, redact, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, entriesMax)
      .map(([name, entry]) => [name, isNamedSecret(name, entry, redact) ? "***" : masked(entry, redact, depth + 1)]),
  );
}

/** `"token": "x"` is recognised by its name; the bare value is not. */
function isNamedSecret(name: string, value: unknown, redact: Redactor): boolean {
  if (typeof value !== "string" || redact(value) !== value) return false;
  const quoted = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return redact(quoted) !== quoted;
}

function maskedError(error: Error, redact: Redactor, depth: number): unknown {
  const code = "code" in error ? { code: masked(error.code, redact, depth + 1) } : {};
  const cause = error.cause === undefined ? {} : { cause: masked(error.cause, redact, depth + 1) };
  return {
    name: error.name,
    ...code,
    message: cut(redact(error.message)),
    stack: cut(redact(error.stack ?? "")),
    ...cause,
  };
}

function cut(text: string): string {
  return text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)}… [${text.length} characters]`;
}

const colours = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;

/** One line; control characters are shown, so that nobody writes on the operator's terminal through the log. */
function consoleLine(level: LogLevel, message: string, fields: LogFields): string {
  const { part, ...rest } = fields;
  const shown = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : brief(value)}`,
  );
  const label = styleText(colours[level], level.padEnd(5));
  return [label, ...(part === undefined ? [] : [`${part}:`]), ...[message, ...shown].map(visibleLine)].join(" ");
}

function brief(value: unknown): string {
  const error = typeof value === "object" && value !== null && "stack" in value && "message" in value;
  return error ? String(value.message) : (JSON.stringify(value) ?? "undefined");
}
