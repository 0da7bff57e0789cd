import type { Clock, Timer } from "../../src/platform/clock.ts";

/** Time that moves only when a test says so; timers fire in order. */
export type FakeClock = Clock & { advance(ms: number): void };

export function createFakeClock(startsAt = 1_700_000_000_000): FakeClock {
  let now = startsAt;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, callback): Timer {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((other) => other !== due);
        now = Math.max(now, due.at);
        due.callback();
      }
      now = end;
    },
  };
}
