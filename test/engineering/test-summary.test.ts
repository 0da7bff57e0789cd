import { describe, expect, test } from "vitest";
import { summarise } from "../../scripts/test-summary.ts";

const green = { passed: 5, failed: 0, skipped: 0 };
const skipping = { passed: 5, failed: 0, skipped: 2 };
const skippedNames = ["IRC reconnects [needs ngircd]", "no network [needs bubblewrap]"];

describe("the summary of a test run", () => {
  test("adds up the suites and ends with one line of counts", () => {
    expect(summarise({ counts: [green, green], skippedNames: [], requireAll: true })).toEqual({
      lines: ["10 passed, 0 failed, 0 skipped"],
      exitCode: 0,
    });
  });

  test("names the skipped tests and one line that installs what they need", () => {
    const { lines, exitCode } = summarise({ counts: [skipping], skippedNames, requireAll: false });
    expect(exitCode).toBe(0);
    expect(lines).toContain("  sudo apt-get install -y --no-install-recommends bubblewrap ngircd");
    expect(lines).toContain("  IRC reconnects [needs ngircd]");
    expect(lines.at(-1)).toBe("5 passed, 0 failed, 2 skipped");
  });

  test("a skip fails the run where everything is required", () => {
    expect(summarise({ counts: [skipping], skippedNames, requireAll: true }).exitCode).toBe(1);
  });

  test("a failure fails the run", () => {
    const { lines, exitCode } = summarise({
      counts: [green, { passed: 1, failed: 1, skipped: 0 }],
      skippedNames: [],
      requireAll: false,
    });
    expect([exitCode, lines.at(-1)]).toEqual([1, "6 passed, 1 failed, 0 skipped"]);
  });

  test("a run without tests fails", () => {
    const none = { passed: 0, failed: 0, skipped: 0 };
    expect(summarise({ counts: [none], skippedNames: [], requireAll: false }).exitCode).toBe(1);
  });
});
