/**
 * The ledger: every decision that is not a plain read, one row each, chained by hash. An append resolves when its row is
 * durable; rows of one tick share one commit. What happened to the rows while nobody looked is found at the next append
 * and recorded in the chain itself, so a new head never covers up an old manipulation.
 */
import type { Database, Transaction } from "../platform/database.ts";
import { readAnchor, writeAnchor } from "./ledger-key.ts";
import {
  genesisHash,
  headFor,
  headIsGenuine,
  type LedgerEntry,
  type LedgerHead,
  type LedgerKey,
  rowAfter,
  type StoredRow,
} from "./ledger-row.ts";

export const ledgerMigrations: readonly string[] = [
  `CREATE TABLE ledger (
     seq INTEGER PRIMARY KEY,
     at INTEGER NOT NULL,
     principal TEXT NOT NULL,
     path TEXT NOT NULL,
     action TEXT NOT NULL,
     effect TEXT NOT NULL,
     reason TEXT NOT NULL,
     because TEXT NOT NULL,
     label TEXT NOT NULL,
     detail TEXT NOT NULL,
     session TEXT,
     summary TEXT,
     previous TEXT NOT NULL,
     hash TEXT NOT NULL
   ) STRICT;
   CREATE TABLE ledger_head (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     count INTEGER NOT NULL,
     hash TEXT NOT NULL,
     mac TEXT NOT NULL
   ) STRICT;`,
];

/** Writes further rows into the transaction of a row. */
export type Commit = (transaction: Transaction) => void;

export interface Ledger {
  /** The number of the row, once it is durable with what `commit` wrote; rejects, with nothing written, when it cannot be. */
  append(entry: LedgerEntry, commit?: Commit): Promise<number>;
  /** Writes down outside the database how far the ledger has come; a database restored from before is then found. */
  anchor(): Promise<void>;
}

export type LedgerOptions = {
  readonly database: Database;
  readonly key: LedgerKey;
  /** Masks what must not be in a summary. */
  readonly redact: (text: string) => string;
  /** Without a path there is no anchor, and a restored database goes unnoticed. */
  readonly anchorPath?: string;
};

/** Rows between two anchors. */
const anchorEvery = 256;
/** The action of rows that record a manipulation. */
export const breakAction = "ledger.break";

/** Opens the ledger of a database that has `ledgerMigrations`. Throws when the anchor cannot be read. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { database, key, anchorPath } = options;
  const anchor = anchorPath === undefined ? undefined : await readAnchor(anchorPath);
  return new ChainedLedger(options, anchor && anchorProblem(database, anchor, key));
}

class ChainedLedger implements Ledger {
  readonly #options: LedgerOptions;
  #foundAtOpening: LedgerProblem | undefined;

  constructor(options: LedgerOptions, found: LedgerProblem | undefined) {
    this.#options = options;
    this.#foundAtOpening = found;
  }

  async append(entry: LedgerEntry, commit?: Commit): Promise<number> {
    const found = this.#foundAtOpening;
    const seq = await this.#options.database.write((transaction) => {
      commit?.(transaction);
      return this.#chain(transaction, entry);
    });
    if (found === this.#foundAtOpening) this.#foundAtOpening = undefined;
    if (seq % anchorEvery === 0) void this.anchor().catch(ignore);
    return seq;
  }

  async anchor(): Promise<void> {
    const head = readHead(this.#options.database);
    if (head && this.#options.anchorPath !== undefined) await writeAnchor(this.#options.anchorPath, head);
  }

  #chain(transaction: Transaction, entry: LedgerEntry): number {
    const { key, redact } = this.#options;
    const head = readHead(transaction);
    const last = lastRow(transaction) ?? { seq: 0, hash: genesisHash };
    const problem = headProblem(head, last, key) ?? this.#foundAtOpening;
    const before = problem ? insert(transaction, rowAfter(last, breakEntry(problem, entry.at), redact)) : last;
    const row = insert(transaction, rowAfter(before, entry, redact));
    const next = headFor(row.seq, row.hash, key);
    transaction.run(
      "INSERT OR REPLACE INTO ledger_head (id, count, hash, mac) VALUES (1, ?, ?, ?)",
      next.count,
      next.hash,
      next.mac,
    );
    return row.seq;
  }
}

function ignore(): void {
  // The anchor is written again; until then a rollback is found up to the older one.
}

export type LedgerProblem = { readonly code: string; readonly message: string; readonly seq?: number };

function breakEntry(problem: LedgerProblem, at: number): LedgerEntry {
  return {
    at,
    principal: "system",
    path: "system",
    action: breakAction,
    effect: "deny",
    reason: problem.code,
    because: [],
    label: null,
    detail: null,
    summary: problem.message,
  };
}

/** Whether the head is genuine and stands on the last row. */
export function headProblem(
  head: LedgerHead | undefined,
  last: { readonly seq: number; readonly hash: string },
  key: LedgerKey,
): LedgerProblem | undefined {
  if (head === undefined) {
    if (last.seq === 0) return undefined;
    return { code: "ledger.head_missing", message: `the head is missing although there are ${last.seq} rows` };
  }
  if (!headIsGenuine(head, key)) {
    return {
      code: "ledger.head_forged",
      message: `the head (${head.count} rows) was not written with this ledger's key`,
    };
  }
  if (last.seq < head.count) {
    return { code: "ledger.truncated", message: `the last rows are missing: ${last.seq} of ${head.count} are there` };
  }
  if (last.seq > head.count) {
    return {
      code: "ledger.rows_added",
      message: `rows were added past the head: ${last.seq} instead of ${head.count}`,
    };
  }
  if (last.hash === head.hash) return undefined;
  return { code: "ledger.last_row_changed", message: `row ${last.seq} is not the one that the head was written for` };
}

/** Whether the rows still contain what the anchor saw. */
export function anchorProblem(rows: Reader, anchor: LedgerHead, key: LedgerKey): LedgerProblem | undefined {
  if (!headIsGenuine(anchor, key)) {
    return { code: "ledger.anchor_forged", message: "the anchor was not written with this ledger's key" };
  }
  const row = rows.get<{ hash: string }>("SELECT hash FROM ledger WHERE seq = ?", anchor.count);
  if (row?.hash === anchor.hash) return undefined;
  return {
    code: "ledger.rolled_back",
    message: `the database is older than its anchor, which saw ${anchor.count} rows`,
  };
}

export type Reader = Pick<Database, "get" | "all">;

function readHead(rows: Pick<Reader, "get">): LedgerHead | undefined {
  return rows.get<LedgerHead>("SELECT count, hash, mac FROM ledger_head WHERE id = 1");
}

function lastRow(rows: Pick<Reader, "get">): { seq: number; hash: string } | undefined {
  return rows.get("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1");
}

const insertSql = `INSERT INTO ledger
  (seq, at, principal, path, action, effect, reason, because, label, detail, session, summary, previous, hash)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function insert(transaction: Transaction, row: StoredRow): StoredRow {
  const { seq, at, principal, path, action, effect, reason, because, label, detail, session, summary } = row;
  const described = [seq, at, principal, path, action, effect, reason, because, label, detail, session, summary];
  transaction.run(insertSql, ...described, row.previous, row.hash);
  return row;
}
