/** Numbers and times as people read them. */
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `340 ms`, `1.2 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < secondMs) return `${Math.round(ms)} ms`;
  if (ms < minuteMs) return `${(ms / secondMs).toFixed(1)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min ${Math.floor((ms % minuteMs) / secondMs)} s`;
  return ms < dayMs ? `${Math.floor(ms / hourMs)} h ${Math.floor((ms % hourMs) / minuteMs)} min` : formatDays(ms);
}

/** `just now`, `5 min ago`, `in 23 h`. */
export function formatRelative(atMs: number, nowMs: number): string {
  const distance = Math.abs(atMs - nowMs);
  if (distance < minuteMs) return atMs > nowMs ? "in less than a minute" : "just now";
  return atMs > nowMs ? `in ${formatRemaining(distance)}` : `${formatCoarse(distance)} ago`;
}

/** Date and time in the reader's zone, to the second. */
export function formatExact(atMs: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }).format(atMs);
}

export function formatClock(atMs: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(atMs);
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat("en").format(count);
}

/** `1 message`, `2 messages`. */
export function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;
}

function formatCoarse(ms: number): string {
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  return ms < dayMs ? `${Math.floor(ms / hourMs)} h` : formatDays(ms);
}

/** To the nearest, in a unit of which at least two are left: what is good for a day is so for 24 h, and not for 23. */
function formatRemaining(ms: number): string {
  if (ms < 2 * hourMs) return `${Math.round(ms / minuteMs)} min`;
  return ms < 2 * dayMs ? `${Math.round(ms / hourMs)} h` : plural(Math.round(ms / dayMs), "day");
}

function formatDays(ms: number): string {
  return plural(Math.floor(ms / dayMs), "day");
}
