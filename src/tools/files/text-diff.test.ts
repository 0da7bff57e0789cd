import { describe, expect, test } from "vitest";
import { textDiff } from "./text-diff.ts";

describe("a diff", () => {
  test("of equal texts is empty", () => {
    expect(textDiff("a\n", "a\n")).toBe("");
  });

  test("shows what went, what came and three lines around", () => {
    const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ""].join("\n");
    expect(textDiff(before, before.replace("5", "five"))).toBe("@@ -2 +2 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8");
  });

  test("of a new file is all additions, of an emptied one all removals", () => {
    expect(textDiff("", "a\nb\n")).toBe("@@ -1 +1 @@\n+a\n+b");
    expect(textDiff("a\n", "")).toBe("@@ -1 +1 @@\n-a");
  });

  test("tells a missing newline at the end", () => {
    expect(textDiff("a\n", "a")).toContain("no newline at the end");
  });
});
