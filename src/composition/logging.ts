/** The log and the masking of secrets, as the config says at the moment. */
import type { Config } from "../config/schema.ts";
import type { Clock } from "../platform/clock.ts";
import { createLog, type Log, type LogLevel } from "../platform/log.ts";
import { createFollowingRedactor, type Redactor } from "../platform/redact.ts";
import type { Secret } from "../platform/secret.ts";

export type Logging = {
  readonly log: Log;
  readonly redact: Redactor;
  /** A known secret or a secret pattern stands in the text, whatever the log masks. */
  holdsSecret(text: string): boolean;
};

export type LoggingPorts = {
  readonly folder: string;
  readonly clock: Clock;
  readonly console: ((line: string) => void) | undefined;
  /** Read for each line. */
  settings(): Config["logging"];
  secrets(): readonly Secret[];
};

export function openLogging({ folder, clock, console, settings, secrets }: LoggingPorts): Logging {
  const redactorOf = (mode: () => Config["logging"]["redactSensitive"]) =>
    createFollowingRedactor(() => ({ mode: mode(), patterns: settings().redactPatterns }), secrets);
  const redact = redactorOf(() => settings().redactSensitive);
  // What a label says of a text is no question of what the log shows.
  const detect = redactorOf(() => "tools");
  const levels = () => ({ file: levelOf(settings().level), console: levelOf(settings().consoleLevel) });
  return {
    log: createLog({ folder, levels, redact, clock, ...(console === undefined ? {} : { console }) }),
    redact,
    holdsSecret: (text) => detect(text) !== text,
  };
}

function levelOf(level: Config["logging"]["level"]): LogLevel {
  if (level === "trace" || level === "debug") return "debug";
  if (level === "warn" || level === "info") return level;
  return "error";
}
