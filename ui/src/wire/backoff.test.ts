import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("each attempt waits longer, up to fifteen seconds", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffMs(attempt, () => 1));
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test("two tabs do not wait the same time", () => {
  expect(backoffMs(3, () => 0)).toBe(1500);
  expect(backoffMs(3, () => 1)).toBe(2000);
});
