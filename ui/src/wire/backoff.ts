const firstDelayMs = 500;
const delayMsMax = 15_000;

/** Milliseconds before attempt `attempt` (from 1): doubling, capped, and spread by up to a quarter so that tabs do not march in step. */
export function backoffMs(attempt: number, random: () => number): number {
  const base = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(attempt - 1, 10));
  return Math.round(base * (0.75 + random() * 0.25));
}
