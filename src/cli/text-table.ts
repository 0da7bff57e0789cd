/** Rows as aligned columns, and times as people say them. */
import { visibleLine } from "../platform/visible-text.ts";

const gap = "  ";

/** One line for each row, cells padded to their column. What comes from outside cannot move the cursor. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(visibleLine));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

const units = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/** `5 min`; the largest unit that fits, rounded down. */
export function durationText(ms: number): string {
  const unit = units.find((candidate) => ms >= candidate.ms);
  return unit ? `${Math.floor(ms / unit.ms)} ${unit.name}` : "0 s";
}

/** `5 min ago`, `in 2 h`, `now`. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 1_000) return "now";
  return at < now ? `${durationText(distance)} ago` : `in ${remainingText(distance)}`;
}

/** To the nearest, in a unit of which at least two are left: what is good for a day is so for 24 h, and not for 23. */
function remainingText(ms: number): string {
  const unit = units.find((candidate) => ms >= 2 * candidate.ms) ?? { name: "s", ms: 1_000 };
  return `${Math.round(ms / unit.ms)} ${unit.name}`;
}

/** `1 device`, `2 devices`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Text of an agent or a stranger: keeps its lines and tabs, shows every other hidden character. */
export function safeText(text: string): string {
  return text
    .split(/(\n|\t)/)
    .map((part) => (part === "\n" || part === "\t" ? part : visibleLine(part)))
    .join("");
}
