/** `fased ledger list|show|verify`: what was decided, and whether anybody changed the record. Needs no running Gateway. */
import { Command, InvalidArgumentError } from "commander";
import { ledgerMigrations } from "../guard/ledger.ts";
import { readAnchor, readLedgerKey } from "../guard/ledger-key.ts";
import type { StoredRow } from "../guard/ledger-row.ts";
import { type LedgerReport, ledgerListMax, listLedger, showLedger, verifyLedger } from "../guard/read-ledger.ts";
import { type Database, openDatabase } from "../platform/database.ts";
import { fileFacts } from "../platform/files.ts";
import { visibleLine } from "../tools/visible-text.ts";
import type { CliContext } from "./context.ts";

const effects = ["allow", "ask", "challenge", "deny"];
const listDefault = 50;
/** The ledger was changed, or the row does not exist. */
const exitProblem = 1;

type ListOptions = { readonly limit: number; readonly before?: number; readonly effect?: string; readonly json?: true };
type JsonOption = { readonly json?: true };

export function ledgerCommand(context: CliContext): Command {
  const ledger = new Command("ledger").description("What the guard decided, and proof that nobody changed the record");
  ledger
    .command("list")
    .description("Decisions, newest first")
    .option("--limit <rows>", `how many, at most ${ledgerListMax}`, rowNumber, listDefault)
    .option("--before <row>", "only rows with a smaller number", rowNumber)
    .option("--effect <effect>", effects.join(", "), knownEffect)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  fased ledger list --effect deny\n  fased ledger list --limit 10 --json")
    .action((options: ListOptions) => withLedger(context, (database) => list(context, database, options)));
  ledger
    .command("show")
    .description("One decision in full")
    .argument("<row>", "number of the row", rowNumber)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  fased ledger show 42")
    .action((row: number, options: JsonOption) =>
      withLedger(context, (database) => show(context, showLedger(database, row), { row, ...options })),
    );
  ledger
    .command("verify")
    .description("Recompute the chain; exit code 1 when rows were changed, deleted, added or rolled back")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  fased ledger verify --json")
    .action((options: JsonOption) => withLedger(context, (database) => verify(context, database, options)));
  return ledger;
}

/** A state directory without a database has an empty ledger; what its anchor remembers is still compared. */
async function withLedger(context: CliContext, work: (database: Database) => void | Promise<void>): Promise<void> {
  const { exists } = await fileFacts(context.paths.stateDatabase);
  const database = openDatabase(exists ? context.paths.stateDatabase : ":memory:", { ledger: ledgerMigrations });
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

function list(context: CliContext, database: Database, options: ListOptions): void {
  const rows = listLedger(database, options);
  if (options.json) context.print(JSON.stringify({ rows: rows.map(readable) }));
  else context.print(rows.length === 0 ? "No decisions recorded." : rows.map(lineOf).join("\n"));
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

function show(context: CliContext, row: StoredRow | undefined, options: { row: number } & JsonOption): void {
  if (row === undefined) {
    context.exitWith(exitProblem);
    context.print(
      options.json ? "null" : `The ledger has no row ${options.row}; \`fased ledger list\` shows the newest.`,
    );
    return;
  }
  if (options.json) context.print(JSON.stringify(readable(row)));
  else
    context.print(
      Object.entries({ ...row, at: timeOf(row.at) })
        .map(fieldLine)
        .join("\n"),
    );
}

function fieldLine([name, value]: [string, unknown]): string {
  return `${name.padEnd(10)} ${visibleLine(String(value ?? "–"))}`;
}

async function verify(context: CliContext, database: Database, options: JsonOption): Promise<void> {
  const key = await readLedgerKey(context.paths.ledgerKey);
  const anchor = await readAnchor(context.paths.ledgerAnchor);
  const report = verifyLedger(database, anchor ? { key, anchor } : { key });
  if (!report.intact) context.exitWith(exitProblem);
  context.print(options.json ? JSON.stringify(report) : verdictOf(report));
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
