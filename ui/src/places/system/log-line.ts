/** One line of the Gateway's log, as the page shows it. Pure. */
import { numberOf, record, stringOf } from "../../wire/frames.ts";

export type LogLine = {
  readonly at: number | undefined;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
};

const errorFrom = 50;
const warnFrom = 40;
const infoFrom = 30;
const builtIn = new Set(["time", "level", "msg", "pid", "hostname"]);

/** JSON lines show their message and fields; any other text is shown as it is. */
export function readLogLine(line: string): LogLine {
  const fields = parse(line);
  if (fields === undefined) return { at: undefined, level: "info", text: line };
  const extra = Object.entries(fields).filter(([name]) => !builtIn.has(name));
  const words = extra.map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return {
    at: timeOf(fields["time"]),
    level: levelOf(fields["level"]),
    text: [stringOf(fields["msg"]) ?? "", ...words].filter(Boolean).join("  "),
  };
}

function levelOf(level: unknown): LogLine["level"] {
  if (level === "debug" || level === "info" || level === "warn" || level === "error") return level;
  const rank = numberOf(level) ?? infoFrom;
  if (rank >= errorFrom) return "error";
  if (rank >= warnFrom) return "warn";
  return rank >= infoFrom ? "info" : "debug";
}

function timeOf(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : numberOf(value);
  return at === undefined || Number.isNaN(at) ? undefined : at;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return record(JSON.parse(line));
  } catch {
    return undefined;
  }
}
