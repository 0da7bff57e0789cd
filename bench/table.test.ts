import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { goals } from "./goals.ts";
import { pageWith, readPage, readReport } from "./page.ts";
import type { Machine, Report } from "./result.ts";
import { amount, markdownTable, textTable, verdictOf } from "./table.ts";

const machine: Machine = {
  date: "2026-01-02",
  commit: "abc1234",
  processor: "2 × Example",
  memory: "8 GiB",
  system: "Linux 6.1",
  node: "v24.21.0",
  driverNode: "v20.20.2",
  stateDisk: "ext4",
  fsyncP50Ms: 0.3,
  loadBefore: 0.1,
};

const report: Report = {
  machine,
  mode: "full",
  results: [
    { id: "version", value: 39.96 },
    { id: "audit", problem: "no such command" },
    { id: "health", value: 19_999, note: "one driver" },
    { id: "turn-1", value: 9, limit: { atMost: 11 } },
    { id: "lost", value: 0 },
  ],
};

const rowOf = (table: string, what: string) => table.split("\n").find((line) => line.startsWith(`| ${what} |`));

describe("the verdict", () => {
  const most = { id: "a", what: "a", unit: "ms", limit: { atMost: 10 }, openclaw: "–", clawdbot: "–" };
  const least = { ...most, limit: { atLeast: 10 } };

  test.each([
    [most, 10, "ok"],
    [most, 10.01, "missed"],
    [least, 10, "ok"],
    [least, 9.99, "missed"],
    [most, Number.NaN, "missed"],
  ])("on %j is right for %d", (goal, value, expected) => {
    expect(verdictOf(goal, { id: "a", value })).toBe(expected);
  });

  test("goes by the limit of a slower disk where there is one", () => {
    expect(verdictOf(most, { id: "a", value: 12, limit: { atMost: 13 } })).toBe("ok");
    expect(verdictOf(most, { id: "a", value: 14, limit: { atMost: 13 } })).toBe("missed");
  });

  test("is never ok for what was not measured", () => {
    expect(verdictOf(most, undefined)).toBe("not measured");
    expect(verdictOf(most, { id: "a", problem: "gone" })).toBe("not there");
  });
});

describe("the table", () => {
  const table = markdownTable(report);

  test("has a row for every goal, in their order", () => {
    const whats = table.split("\n").flatMap((line) => /^\| (.+?) \|/.exec(line)?.[1] ?? []);
    expect(whats).toEqual(["what", "---", ...goals.map(({ what }) => what)]);
  });

  test("shows figure, goal, relatives and verdict", () => {
    expect(rowOf(table, "`fased --version`")).toBe("| `fased --version` | 40 ms | ≤ 45 ms | 90 ms | 1690 ms | ok |");
    expect(rowOf(table, "WS `health`, 50 connections")).toContain("| 19,999/s | ≥ 20,000/s |");
    expect(rowOf(table, "WS `health`, 50 connections")).toMatch(/ missed \|$/);
    expect(rowOf(table, "`fased security audit --json`")).toContain("| – | ≤ 150 ms |");
    expect(rowOf(table, "`decide()`")).toMatch(/not measured \|$/);
    expect(rowOf(table, "agent turn over HTTP, p50, 1 session")).toContain("| 9 ms | ≤ 11 ms |");
  });

  test("names the machine, and tells notes and problems below", () => {
    expect(table).toContain("commit abc1234");
    expect(table).toContain("fsync p50 0.3 ms");
    expect(table).toContain("- WS `health`, 50 connections: one driver");
    expect(table).toContain("- `fased security audit --json`: no such command");
  });

  test("calls a quick run no basis for a verdict", () => {
    expect(markdownTable({ ...report, mode: "quick" })).toContain("no basis for a verdict");
    expect(table).not.toContain("no basis");
  });

  test("stands in columns in a terminal", () => {
    const lines = textTable(report).split("\n");
    const goalColumns = lines.filter((line) => /[≤≥]/.test(line)).map((line) => line.search(/[≤≥]/));
    expect(goalColumns).toHaveLength(goals.length);
    expect(new Set(goalColumns).size).toBe(1);
  });
});

test.each([
  [39.96, "ms", "40 ms"],
  [4.256, "ms", "4.26 ms"],
  [123.4, "MiB", "123 MiB"],
  [20_000, "/s", "20,000/s"],
  [0, "lost", "0 lost"],
])("%d %s reads as %s", (value, unit, expected) => {
  expect(amount(value, unit)).toBe(expected);
});

describe("docs/performance.md", () => {
  const root = dirname(import.meta.dirname);

  test("shows what docs/performance.json holds", () => {
    const page = readPage(root);
    expect(page).toBe(pageWith(page, readReport(root)));
  });

  test("cannot be written without its markers", () => {
    expect(() => pageWith("# A page", report)).toThrow("markers");
  });
});
