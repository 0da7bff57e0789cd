import { expect, test } from "vitest";
import { relativeTime } from "./text-table.ts";

test.each([
  [0, "now"],
  [5 * 60_000, "5 min ago"],
  [-24 * 3_600_000 + 5_000, "in 24 h"],
  [-24 * 3_600_000 + 31 * 60_000, "in 23 h"],
  [-86_400_000 * 3, "in 3 d"],
  [-60 * 60_000 + 5_000, "in 60 min"],
  [-50_000, "in 50 s"],
  [-1_200, "in 1 s"],
])("a time %d ms ago reads %s", (agoMs, text) => {
  expect(relativeTime(1e12 - agoMs, 1e12)).toBe(text);
});
