/** "tomorrow at 9", "in 20 minutes", "2026-11-24T09:00" in somebody's time zone. Pure but for the parser's tables. */
import { casual } from "chrono-node";

const reminderAheadMaxMs = 5 * 366 * 24 * 60 * 60 * 1_000;

/** Milliseconds since the epoch; undefined for what is no time, is past, or lies too far ahead. */
export function dueTime(text: string, now: number, timeZone: string): number | undefined {
  const first = parsedAt(text, now, offsetMinutes(timeZone, now));
  if (first === undefined) return undefined;
  const due = sameWallTime({ text, now, timeZone }, first);
  return due > now && due - now <= reminderAheadMaxMs ? due : undefined;
}

/** A parser of dates overlooks the word. */
const backwards = /^\s*(?:in\s+)?(?:[-−–]|minus\b)/iu;

/** `in: "20 minutes"` and `in: "in 20 minutes"` mean the same. */
export function dueIn(text: string, now: number, timeZone: string): number | undefined {
  if (backwards.test(text)) return undefined;
  return dueTime(/^\s*in\s/i.test(text) ? text : `in ${text}`, now, timeZone);
}

/** Between now and then the clocks may change: the wall time is what was meant, except for hours and minutes from now. */
function sameWallTime({ text, now, timeZone }: { text: string; now: number; timeZone: string }, first: number): number {
  const shift = offsetMinutes(timeZone, first) - offsetMinutes(timeZone, now);
  if (shift === 0) return first;
  if (!/^\s*in\s/i.test(text)) return parsedAt(text, now, offsetMinutes(timeZone, first)) ?? first;
  return /day|week|month|year/i.test(text) ? first - shift * 60_000 : first;
}

function parsedAt(text: string, now: number, timezone: number): number | undefined {
  const [found] = casual.parse(text, { instant: new Date(now), timezone }, { forwardDate: true });
  const rest = text.length - (found?.text.length ?? 0);
  // A time somewhere inside a longer text is a guess, not an answer.
  return found === undefined || rest > 12 ? undefined : found.date().getTime();
}

/** Minutes east of UTC. Throws RangeError for a zone that does not exist. */
export function offsetMinutes(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(at);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(name);
  const minutes = Number(match?.[2] ?? 0) * 60 + Number(match?.[3] ?? 0);
  return match?.[1] === "-" ? -minutes : minutes;
}

/** `2026-11-24 09:00 (Europe/Berlin)`. */
export function shownTime(at: number, timeZone: string): string {
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at);
  return `${text} (${timeZone})`;
}
