/** Time as a port, so that tests own it. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `callback` once after `delayMs`; never keeps the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer;
}

/** Node refuses longer timers and fires them at once. */
const timerDelayMaxMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), timerDelayMaxMs));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
