/** Counts failed attempts per key and locks a key out once it had too many. In memory, bounded. */
import type { Clock } from "../platform/clock.ts";

export type AttemptLimits = {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly lockoutMs: number;
};

export const attemptLimitDefaults: AttemptLimits = { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000 };

/** Undefined: this caller is not limited. */
export type LimitKey = string | undefined;

export type AttemptLimiter = {
  /** Milliseconds until the key may try again; 0 when it may now. Ask before comparing anything secret. */
  waitMs(key: LimitKey): number;
  fail(key: LimitKey): void;
  succeed(key: LimitKey): void;
};

/** Beyond this the key that was touched longest ago is forgotten. */
const trackedKeysMax = 2_048;

type Track = { failures: number; windowEndsAt: number; lockedUntil: number };

export function createAttemptLimiter(clock: Clock, limits: AttemptLimits = attemptLimitDefaults): AttemptLimiter {
  const tracks = new Map<string, Track>();
  return {
    waitMs: (key) => Math.max(0, ((key !== undefined && tracks.get(key)?.lockedUntil) || 0) - clock.now()),
    fail(key) {
      if (key === undefined) return;
      const now = clock.now();
      const known = tracks.get(key);
      const fresh = !known || now >= known.windowEndsAt;
      const failures = fresh ? 1 : known.failures + 1;
      tracks.delete(key);
      tracks.set(key, {
        failures,
        windowEndsAt: fresh ? now + limits.windowMs : known.windowEndsAt,
        lockedUntil: failures >= limits.maxAttempts ? now + limits.lockoutMs : (known?.lockedUntil ?? 0),
      });
      if (tracks.size > trackedKeysMax) forgetOldest(tracks);
    },
    succeed: (key) => {
      if (key !== undefined) tracks.delete(key);
    },
  };
}

function forgetOldest(tracks: Map<string, Track>): void {
  const oldest = tracks.keys().next();
  if (!oldest.done) tracks.delete(oldest.value);
}
