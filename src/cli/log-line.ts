/** One JSON line of the log as a person reads it. */
import type { Style } from "./printer.ts";
import { safeText } from "./text-table.ts";

const paints: Readonly<Record<string, keyof Style>> = { error: "error", warn: "warn", info: "accent", debug: "muted" };

export function logLine(line: string, style: Style): string {
  const record = parseRecord(line);
  if (!record) return safeText(line);
  const { time, level, part, message, ...fields } = record;
  const paint = style[paints[String(level)] ?? "muted"];
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
  const where = part === undefined ? [] : [`${String(part)}:`];
  return [
    style.muted(String(time).slice(11, 19)),
    paint(String(level).padEnd(5)),
    ...[...where, String(message), ...shown].map((text) => safeText(text).replaceAll("\n", "⏎")),
  ].join(" ");
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const fieldText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
