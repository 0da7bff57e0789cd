/** `fased ledger list|show|verify`: what was decided, and whether anybody changed the record. Needs no running Gateway. */
import { InvalidArgumentError } from "commander";
import { ledgerMigrations } from "../guard/ledger.ts";
import { readAnchor, readLedgerKey } from "../guard/ledger-key.ts";
import type { StoredRow } from "../guard/ledger-row.ts";
import { type LedgerReport, ledgerListMax, listLedger, showLedger, verifyLedger } from "../guard/read-ledger.ts";
import { type Database, openDatabase } from "../platform/database.ts";
import { fileFacts } from "../platform/files.ts";
import { type StatePaths, statePaths } from "../platform/state-paths.ts";
import { visibleLine } from "../platform/visible-text.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import type { Printer } from "./printer.ts";
import type { RegisterCommand } from "./program.ts";

const effects = ["allow", "ask", "challenge", "deny"];
const listDefault = 50;
type ListOptions = { readonly limit: number; readonly before?: number; readonly effect?: string };

export const ledgerCommand: RegisterCommand = (program, context) => {
  const ledger = program
    .command("ledger")
    .description("what the guard decided, and proof that nobody changed the record");
  ledger
    .command("list")
    .description("decisions, newest first")
    .option("--limit <rows>", `how many, at most ${ledgerListMax}`, rowNumber, listDefault)
    .option("--before <row>", "only rows with a smaller number", rowNumber)
    .option("--effect <effect>", effects.join(", "), knownEffect)
    .addHelpText("after", "\nExamples:\n  fased ledger list --effect deny\n  fased ledger list --limit 10 --json")
    .action((options: ListOptions) => withLedger(context(), ({ database, print }) => list(print, database, options)));
  ledger
    .command("show")
    .description("one decision in full")
    .argument("<row>", "number of the row", rowNumber)
    .addHelpText("after", "\nExample:\n  fased ledger show 42")
    .action((row: number) =>
      withLedger(context(), ({ database, print }) => show(print, row, showLedger(database, row))),
    );
  ledger
    .command("verify")
    .description("recompute the chain; exit code 1 when rows were changed, deleted, added or rolled back")
    .addHelpText("after", "\nExample:\n  fased ledger verify --json")
    .action(() => withLedger(context(), verify));
};

type Opened = {
  readonly context: CliContext;
  readonly print: Printer;
  readonly paths: StatePaths;
  readonly database: Database;
};

/** A state directory without a database has an empty ledger; what its anchor remembers is still compared. */
async function withLedger(context: CliContext, work: (opened: Opened) => void | Promise<void>): Promise<void> {
  const paths = statePaths(context.paths().state);
  const { exists } = await fileFacts(paths.stateDatabase);
  const database = openDatabase(exists ? paths.stateDatabase : ":memory:", { ledger: ledgerMigrations });
  try {
    await work({ context, print: context.print, paths, database });
  } finally {
    await database.close();
  }
}

function list(print: Printer, database: Database, options: ListOptions): void {
  const rows = listLedger(database, options);
  print.result({ rows: rows.map(readable) }, () => (rows.length === 0 ? "No decisions recorded." : rows.map(lineOf)));
}

function lineOf(row: StoredRow): string {
  const summary = row.summary === null ? [] : [row.summary];
  return [
    String(row.seq).padStart(6),
    timeOf(row.at),
    row.effect.padEnd(9),
    row.principal,
    row.action,
    row.reason,
    ...summary,
  ]
    .map(visibleLine)
    .join("  ");
}

function show(print: Printer, number: number, row: StoredRow | undefined): void {
  if (row === undefined) {
    throw new CliError("ledger.no_row", `the ledger has no row ${number}`, {
      fix: "`fased ledger list` shows the newest",
    });
  }
  print.result(readable(row), () => Object.entries({ ...row, at: timeOf(row.at) }).map(fieldLine));
}

function fieldLine([name, value]: [string, unknown]): string {
  return `${name.padEnd(10)} ${visibleLine(String(value ?? "–"))}`;
}

async function verify({ context, print, paths, database }: Opened): Promise<void> {
  const key = await readLedgerKey(paths.ledgerKey);
  const anchor = await readAnchor(paths.ledgerAnchor);
  const report = verifyLedger(database, anchor ? { key, anchor } : { key });
  if (!report.intact) context.outcome.code = exitCodes.failed;
  print.result(report, () => verdictOf(report));
}

function verdictOf(report: LedgerReport): string {
  if (report.intact) return `The ledger is intact: ${report.rows} rows.`;
  const problems = report.problems.map((problem) => `  ${problem.code}: ${visibleLine(problem.message)}`);
  return [`The ledger was changed (${report.rows} rows):`, ...problems].join("\n");
}

/** The columns that hold JSON, parsed; one that is damaged stays text. */
function readable(row: StoredRow): Record<string, unknown> {
  return { ...row, because: parsed(row.because), label: parsed(row.label), detail: parsed(row.detail) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function timeOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

function rowNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

function knownEffect(text: string): string {
  if (effects.includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${effects.join(", ")}.`);
}
