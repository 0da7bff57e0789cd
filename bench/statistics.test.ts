import { describe, expect, test } from "vitest";
import { median, percentile, slope } from "./statistics.ts";

describe("percentile", () => {
  test.each([
    [[7], 0.5, 7],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 0, 1],
    [[1, 2, 3, 4, 5], 1, 5],
    [[10, 20], 0.95, 19.5],
    [[100, 9, 1_000], 0.5, 100],
  ])("of %j at %d is %d", (values, share, expected) => {
    expect(percentile(values, share)).toBeCloseTo(expected);
  });

  test("leaves the values in their order", () => {
    const values = [3, 1, 2];
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });

  test("of nothing is an error, never a number", () => {
    expect(() => median([])).toThrow("nothing was measured");
  });
});

describe("slope", () => {
  test("of a line is its rise", () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x }));
    expect(slope(points)).toBeCloseTo(2);
  });

  test("of level ground with noise is about nothing", () => {
    const points = [10, 11, 10, 11, 10].map((y, x) => ({ x, y }));
    expect(slope(points)).toBeCloseTo(0);
  });

  test("needs two points", () => {
    expect(() => slope([{ x: 1, y: 1 }])).toThrow("two points");
  });
});
