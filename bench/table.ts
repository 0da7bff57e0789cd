/** Results beside their goals, as text for a terminal and as Markdown for docs/performance.md. */
import { type Goal, goals, type Limit } from "./goals.ts";
import type { Machine, Report, Result } from "./result.ts";

export type Verdict = "ok" | "missed" | "not there" | "not measured";

const headings = ["what", "measured", "goal", "openclaw 2026.9.6", "clawdbot 2026.1.24", ""] as const;

export function verdictOf(goal: Goal, result: Result | undefined): Verdict {
  if (!result) return "not measured";
  if ("problem" in result) return "not there";
  const limit = result.limit ?? goal.limit;
  const held = "atMost" in limit ? result.value <= limit.atMost : result.value >= limit.atLeast;
  return held ? "ok" : "missed";
}

/** Aligned columns, the machine above and notes below. */
export function textTable(report: Report): string {
  const rows = [headings, ...rowsOf(report)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return [...machineLines(report), "", ...lines.map((line) => line.trimEnd()), "", ...notesOf(report.results)].join(
    "\n",
  );
}

/** The part of docs/performance.md between its markers. */
export function markdownTable(report: Report): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    ...machineLines(report),
    "",
    line(headings.map((heading) => heading || "held")),
    line(headings.map(() => "---")),
    ...rowsOf(report).map(line),
    ...["", ...notesOf(report.results).map((note) => `- ${note}`)].slice(0, report.results.length > 0 ? undefined : 0),
  ]
    .join("\n")
    .trimEnd();
}

function rowsOf({ results }: Report): string[][] {
  return goals.map((goal) => {
    const result = results.find(({ id }) => id === goal.id);
    const limit = result && "limit" in result ? (result.limit ?? goal.limit) : goal.limit;
    const measured = result && "value" in result ? amount(result.value, goal.unit) : "–";
    return [goal.what, measured, limitText(limit, goal.unit), goal.openclaw, goal.clawdbot, verdictOf(goal, result)];
  });
}

function limitText(limit: Limit, unit: string): string {
  return "atMost" in limit ? `≤ ${amount(limit.atMost, unit)}` : `≥ ${amount(limit.atLeast, unit)}`;
}

/** Three digits are what such a measurement can carry. */
export function amount(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const number = Number(value.toFixed(digits)).toLocaleString("en");
  return unit.startsWith("/") ? `${number}${unit}` : `${number} ${unit}`;
}

function machineLines({ machine, mode }: Report): string[] {
  if (!machine) return ["Not measured yet: `npm run bench -- --write` fills this table."];
  return [linesOf(machine), ...(mode === "quick" ? ["Quick run: small counts, no basis for a verdict."] : [])];
}

function linesOf(machine: Machine): string {
  const { processor, memory, system, node, driverNode, stateDisk, fsyncP50Ms, loadBefore } = machine;
  return [
    `${machine.date}, commit ${machine.commit}. ${processor}, ${memory}, ${system}.`,
    `Fased on Node ${node}, driver on Node ${driverNode}. State on ${stateDisk}, fsync p50 ${amount(fsyncP50Ms, "ms")}.`,
    `Load before the run: ${loadBefore.toFixed(2)}.`,
  ].join(" ");
}

function notesOf(results: readonly Result[]): string[] {
  const told = new Set<string>();
  return results.flatMap((result) => {
    const what = goals.find(({ id }) => id === result.id)?.what ?? result.id;
    const said = "problem" in result ? result.problem : result.note;
    // One row fills several lines: a problem is told once.
    if (said === undefined || told.has(said)) return [];
    told.add(said);
    return [`${what}: ${said.replace(/\s+/g, " ")}`];
  });
}
