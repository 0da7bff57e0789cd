import { expect, test } from "vitest";
import { formatDuration, formatRelative, plural } from "./format.ts";

test.each([
  [340, "340 ms"],
  [1234, "1.2 s"],
  [125_000, "2 min 5 s"],
  [3_900_000, "1 h 5 min"],
  [86_400_000 * 3, "3 days"],
])("%d ms reads %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [1000, "just now"],
  [5 * 60_000, "5 min ago"],
  [-23 * 3_600_000, "in 23 h"],
  [-24 * 3_600_000 + 5_000, "in 24 h"],
  [-24 * 3_600_000 + 31 * 60_000, "in 23 h"],
  [-86_400_000 * 3, "in 3 days"],
  [-60 * 60_000 + 5_000, "in 60 min"],
  [-50_000, "in less than a minute"],
  [86_400_000, "1 day ago"],
])("a moment %d ms ago reads %s", (agoMs, text) => {
  expect(formatRelative(1e12 - agoMs, 1e12)).toBe(text);
});

test("one is singular", () => {
  expect([plural(0, "file"), plural(1, "file"), plural(1200, "file")]).toEqual(["0 files", "1 file", "1,200 files"]);
});
