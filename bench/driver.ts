/** Runs the rows and prints the table. Started by bench/run.ts, on another Node than the Gateway's where there is one. */
import { parseArgs } from "node:util";
import { type Lab, type LabSettings, openLab } from "./lab.ts";
import { describeMachine } from "./machine.ts";
import { writeReport } from "./page.ts";
import type { Report, Result } from "./result.ts";
import { measureAudit, measureVersion } from "./rows/commands.ts";
import { measureDecide } from "./rows/decide.ts";
import { measureLost } from "./rows/durability.ts";
import { measureHealth, measureIdle, measureStart } from "./rows/gateway.ts";
import { measureInstall } from "./rows/install.ts";
import { measureMemory } from "./rows/memory.ts";
import { measureAtOnce, measureExec, measureTurns } from "./rows/turns.ts";
import { textTable } from "./table.ts";

type Row = { readonly fills: readonly string[]; readonly measure: (lab: Lab) => Promise<Result[]> };

const rows: Readonly<Record<string, Row>> = {
  version: { fills: ["version"], measure: measureVersion },
  audit: { fills: ["audit", "audit-memory"], measure: measureAudit },
  start: { fills: ["start"], measure: measureStart },
  idle: { fills: ["idle"], measure: measureIdle },
  health: { fills: ["health"], measure: measureHealth },
  turn: { fills: ["turn-1", "turn-100", "turn-1000", "turn-10000", "turn-growth"], measure: measureTurns },
  "at-once": { fills: ["at-once"], measure: measureAtOnce },
  exec: { fills: ["exec"], measure: measureExec },
  decide: { fills: ["decide"], measure: measureDecide },
  memory: { fills: ["memory", "memory-slope"], measure: measureMemory },
  lost: { fills: ["lost"], measure: measureLost },
  install: { fills: ["install"], measure: measureInstall },
};

type Wanted = { readonly names: readonly string[]; readonly write: "write" | "print" };

const [settingsText = "{}", ...words] = process.argv.slice(2);
const settings = JSON.parse(settingsText) as Omit<LabSettings, "counts">;
const { values } = parseArgs({
  args: words,
  options: { quick: { type: "boolean" }, row: { type: "string", multiple: true }, write: { type: "boolean" } },
});
process.exitCode = await run({ ...settings, counts: values.quick ? "quick" : "full" }, wantedOf());

function wantedOf(): Wanted {
  const names = values.row ?? Object.keys(rows);
  const unknown = names.find((name) => !(name in rows));
  if (unknown !== undefined) {
    throw new Error(`there is no row \`${unknown}\`; there are ${Object.keys(rows).join(", ")}`);
  }
  if (values.write && (values.row || values.quick)) {
    throw new Error("--write records a whole run: leave out --row and --quick");
  }
  return { names, write: values.write ? "write" : "print" };
}

/** Exit code: 0 even where a goal is missed, because a busy machine misses them all. */
async function run(labSettings: LabSettings, { names, write }: Wanted): Promise<number> {
  const lab = openLab(labSettings);
  // A terminal signals the whole group and bench/run.ts passes it on: the second one must not cut the cleaning short.
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });
  void interrupted.then(() => lab.close()).then(() => process.exit(130));
  try {
    const machine = describeMachine(lab);
    const results: Result[] = [];
    for (const name of names) results.push(...(await measured(lab, name)));
    const report: Report = { machine, mode: lab.counts, results };
    process.stdout.write(`${textTable(report)}\n`);
    if (write === "write") writeReport(lab.root, report);
    return 0;
  } finally {
    await lab.close();
  }
}

/** A row that cannot be measured says why and leaves the others their turn. */
async function measured(lab: Lab, name: string): Promise<Result[]> {
  const row = rows[name];
  if (!row) return [];
  lab.say(`${name} …`);
  try {
    return await row.measure(lab);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    await lab.endProcesses();
    return row.fills.map((id) => ({ id, problem }));
  }
}
