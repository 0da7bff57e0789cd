/** Reading the ledger: list, show, verify. Works beside a running Gateway. */
import { anchorProblem, breakAction, headProblem, type LedgerProblem, type Reader } from "./ledger.ts";
import { genesisHash, type LedgerHead, type LedgerKey, rowHash, type StoredRow } from "./ledger-row.ts";

export type LedgerRange = {
  readonly limit: number;
  /** Rows with a smaller number only. */
  readonly before?: number | undefined;
  readonly effect?: string | undefined;
};

export const ledgerListMax = 1_000;

/** Newest first. */
export function listLedger(rows: Reader, range: LedgerRange): readonly StoredRow[] {
  return rows.all<StoredRow>(
    "SELECT * FROM ledger WHERE seq < ? AND (? IS NULL OR effect = ?) ORDER BY seq DESC LIMIT ?",
    range.before ?? Number.MAX_SAFE_INTEGER,
    range.effect ?? null,
    range.effect ?? null,
    Math.min(Math.max(range.limit, 0), ledgerListMax),
  );
}

export function showLedger(rows: Reader, seq: number): StoredRow | undefined {
  return rows.get<StoredRow>("SELECT * FROM ledger WHERE seq = ?", seq);
}

export type LedgerReport = {
  readonly intact: boolean;
  readonly rows: number;
  /** At most `problemsMax`; the first is the oldest. */
  readonly problems: readonly LedgerProblem[];
};

export type VerifyOptions = { readonly key: LedgerKey | undefined; readonly anchor?: LedgerHead | undefined };

const problemsMax = 50;
const pageRows = 1_000;

type Snapshot = { readonly last: number | null; readonly lastHash: string | null } & Partial<LedgerHead>;

/** Head and last row in one statement, so that a Gateway that writes meanwhile is no manipulation. */
const snapshotSql = `SELECT newest.last, newest.lastHash, head.count, head.hash, head.mac
  FROM (SELECT max(seq) AS last, hash AS lastHash FROM ledger) AS newest
  LEFT JOIN ledger_head AS head ON head.id = 1`;

/** Recomputes the whole chain. Finds rows that were edited, deleted, inserted, reordered, cut off or rolled back. */
export function verifyLedger(rows: Reader, options: VerifyOptions): LedgerReport {
  const snapshot = rows.get<Snapshot>(snapshotSql) ?? { last: null, lastHash: null };
  const last = snapshot.last ?? 0;
  const edges = [...edgeProblems(rows, snapshot, options)];
  const problems = [...firstOf(chainProblems(rows, last), problemsMax - edges.length), ...edges];
  return { intact: problems.length === 0, rows: last, problems };
}

function* firstOf<T>(values: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const value of values) {
    taken += 1;
    if (taken > count) return;
    yield value;
  }
}

function* chainProblems(rows: Reader, last: number): Generator<LedgerProblem> {
  let previous = { seq: 0, hash: genesisHash };
  while (previous.seq < last) {
    const page = rows.all<StoredRow>(
      "SELECT * FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
      previous.seq,
      last,
      pageRows,
    );
    if (page.length === 0) return;
    for (const row of page) {
      yield* rowProblems(row, previous);
      previous = row;
    }
  }
}

function* rowProblems(row: StoredRow, previous: { seq: number; hash: string }): Generator<LedgerProblem> {
  const { seq } = row;
  if (seq !== previous.seq + 1) {
    yield { code: "ledger.row_missing", seq, message: `rows ${previous.seq + 1} to ${seq - 1} are missing` };
  }
  if (row.hash !== rowHash(row)) yield { code: "ledger.row_changed", seq, message: `row ${seq} was changed` };
  if (row.previous !== previous.hash) {
    yield { code: "ledger.chain_broken", seq, message: `row ${seq} does not follow the row before it` };
  }
  if (row.action !== breakAction) return;
  yield { code: row.reason, seq, message: `found at ${new Date(row.at).toISOString()}: ${row.summary ?? ""}` };
}

function* edgeProblems(rows: Reader, snapshot: Snapshot, { key, anchor }: VerifyOptions): Generator<LedgerProblem> {
  if (key === undefined) {
    if (snapshot.last !== null)
      yield { code: "ledger.key_missing", message: "the key file is missing: the end of the chain cannot be proved" };
    return;
  }
  const { count, hash, mac, last, lastHash } = snapshot;
  const head = count == null || hash == null || mac == null ? undefined : { count, hash, mac };
  const found = headProblem(head, { seq: last ?? 0, hash: lastHash ?? genesisHash }, key);
  if (found) yield found;
  const older = anchor && anchorProblem(rows, anchor, key);
  if (older) yield older;
}
