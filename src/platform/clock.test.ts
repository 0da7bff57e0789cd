import { describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";

describe("systemClock", () => {
  test("tells the time in milliseconds", () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  test("calls back once, and never when cancelled", async () => {
    const calls: string[] = [];
    const cancelled = systemClock.after(1, () => calls.push("cancelled"));
    cancelled.cancel();
    await new Promise<void>((resolve) => {
      systemClock.after(5, () => {
        calls.push("fired");
        resolve();
      });
    });
    expect(calls).toEqual(["fired"]);
  });

  test("a delay beyond what Node can wait does not fire at once", async () => {
    let fired = false;
    const timer = systemClock.after(2 ** 40, () => {
      fired = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(fired).toBe(false);
    timer.cancel();
  });
});
