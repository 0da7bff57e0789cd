/**
 * The inbox: every inbound thing is a durable row before its channel may acknowledge it, once per (channel, account,
 * message id). What is neither done nor dropped is taken up again at start.
 */
import type { Envelope } from "../channels/contract.ts";
import type { Database, Transaction } from "../platform/database.ts";
import type { Principal } from "../policy/request.ts";

export const inboxMigrations: readonly string[] = [
  `CREATE TABLE inbox (
     row INTEGER PRIMARY KEY AUTOINCREMENT,
     channel TEXT NOT NULL,
     account TEXT NOT NULL,
     message_id TEXT NOT NULL,
     state TEXT NOT NULL,
     envelope TEXT,
     principal TEXT,
     admission TEXT,
     run TEXT,
     reason TEXT,
     received_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     UNIQUE (channel, account, message_id)
   ) STRICT;
   CREATE INDEX inbox_open ON inbox (row) WHERE state NOT IN ('done', 'dropped');
   CREATE INDEX inbox_run ON inbox (run) WHERE run IS NOT NULL;
   CREATE INDEX inbox_age ON inbox (updated_at) WHERE state IN ('done', 'dropped');`,
  `ALTER TABLE inbox ADD COLUMN act TEXT;
   ALTER TABLE inbox ADD COLUMN outcome TEXT;`,
];

/** `received` → `admitted` → `running` ⇄ `parked` → `done`; or `dropped`, with the reason, from any of them. */
export type InboxState = "received" | "admitted" | "running" | "parked" | "done" | "dropped";

export type InboxRow = {
  readonly row: number;
  readonly state: InboxState;
  readonly envelope: Envelope;
  /** Known at the door for operators; for senders `inbound` works it out of the envelope. */
  readonly principal?: Principal;
  /** What admission decided (agent, session, audience …), as `inbound` stored it. */
  readonly admission?: unknown;
  readonly run?: string;
  /** What the Gateway itself began to do because of this message. */
  readonly act?: string;
  /** What came of that, as it is told; absent beside an `act`: nobody knows. */
  readonly outcome?: string;
  /** Why the run is over whose end is not stored yet. */
  readonly reason?: string;
  readonly receivedAt: number;
};

export type NewInboxRow = { readonly envelope: Envelope; readonly principal?: Principal; readonly at: number };
export type Admission = { readonly run: string; readonly admission: unknown; readonly at: number };

export type InboxEnd = { readonly state: "done" | "dropped"; readonly reason?: string; readonly at: number };

export interface Inbox {
  /** Resolves when the row is durable. A second copy of the same message resolves to the first row, `duplicate`. */
  append(message: NewInboxRow): Promise<{ readonly row: number; readonly duplicate: boolean }>;
  admit(row: number, admission: Admission): Promise<void>;
  /** Parked until the owner decides; running when it goes on after that, or after a restart. */
  move(row: number, state: "running" | "parked", at: number): Promise<void>;
  /** Durable before the Gateway itself acts on a message, so that it never does so twice. */
  begin(row: number, act: string): Promise<void>;
  conclude(row: number, outcome: string): Promise<void>;
  /** `conclude` in the transaction of the act itself: both are durable, or neither. */
  concludeIn(transaction: Transaction, row: number, outcome: string): void;
  /** These runs are over: those that are still open end at the next start, if not before. */
  stop(runs: readonly string[], reason: string): Promise<void>;
  /** The end. The envelope is forgotten, its id is kept so that a late copy stays a duplicate. */
  finish(row: number, end: InboxEnd): Promise<void>;
  /** The same, in the caller's transaction. */
  finishIn(transaction: Transaction, row: number, end: InboxEnd): void;
  /** What a restart takes up, oldest first. */
  pending(): readonly InboxRow[];
  byRun(run: string): InboxRow | undefined;
  /** Forgets ended rows last touched before `before`; resolves to their number. */
  prune(before: number): Promise<number>;
}

export function createInbox(database: Database): Inbox {
  return {
    append: (message) => append(database, message),
    admit: (row, { run, admission, at }) =>
      update(database, "state = 'admitted', run = ?2, admission = ?3, updated_at = ?4", [
        row,
        run,
        JSON.stringify(admission),
        at,
      ]),
    move: (row, state, at) => update(database, "state = ?2, updated_at = ?3", [row, state, at]),
    begin: (row, act) => update(database, "act = ?2", [row, act]),
    conclude: (row, outcome) => update(database, "outcome = ?2", [row, outcome]),
    concludeIn: (transaction, row, outcome) => change(transaction, "outcome = ?2", [row, outcome]),
    stop: (runs, reason) => stop(database, runs, reason),
    finish: (row, end) => database.write((transaction) => finish(transaction, row, end)),
    finishIn: finish,
    pending: () =>
      database
        .all<StoredRow>(`SELECT ${columns} FROM inbox WHERE state NOT IN ('done', 'dropped') ORDER BY row`)
        .map(rowOf),
    byRun: (run) => {
      const row = database.get<StoredRow>(
        `SELECT ${columns} FROM inbox WHERE run = ? AND state NOT IN ('done', 'dropped')`,
        run,
      );
      return row && rowOf(row);
    },
    prune: (before) =>
      database.write(
        (transaction) =>
          transaction.run("DELETE FROM inbox WHERE state IN ('done', 'dropped') AND updated_at < ?", before).changes,
      ),
  };
}

function append(
  database: Database,
  { envelope, principal, at }: NewInboxRow,
): Promise<{ row: number; duplicate: boolean }> {
  const { channel, account, messageId } = envelope;
  return database.write((transaction) => {
    const known = transaction.get<{ row: number }>(
      "SELECT row FROM inbox WHERE channel = ? AND account = ? AND message_id = ?",
      channel,
      account,
      messageId,
    );
    if (known) return { row: known.row, duplicate: true };
    const { lastInsertRowid } = transaction.run(
      `INSERT INTO inbox (channel, account, message_id, state, envelope, principal, received_at, updated_at)
       VALUES (?1, ?2, ?3, 'received', ?4, ?5, ?6, ?6)`,
      channel,
      account,
      messageId,
      JSON.stringify(envelope),
      principal ? JSON.stringify(principal) : null,
      at,
    );
    return { row: lastInsertRowid, duplicate: false };
  });
}

function finish(transaction: Transaction, row: number, { state, reason, at }: InboxEnd): void {
  const forgotten = "envelope = NULL, principal = NULL, admission = NULL, act = NULL, outcome = NULL";
  const assignments = `state = ?2, reason = ?3, updated_at = ?4, ${forgotten}`;
  change(transaction, assignments, [row, state, reason ?? null, at]);
}

type Values = readonly (string | number | null)[];

function update(database: Database, assignments: string, values: Values): Promise<void> {
  return database.write((transaction) => change(transaction, assignments, values));
}

function change(transaction: Transaction, assignments: string, values: Values): void {
  const sql = `UPDATE inbox SET ${assignments} WHERE row = ?1 AND state NOT IN ('done', 'dropped')`;
  if (transaction.run(sql, ...values).changes !== 1) throw new Error(`inbox row ${values[0]} is not open`);
}

async function stop(database: Database, runs: readonly string[], reason: string): Promise<void> {
  if (runs.length === 0) return;
  await database.write((transaction) => {
    for (const run of runs) {
      transaction.run("UPDATE inbox SET reason = ?2 WHERE run = ?1 AND state NOT IN ('done', 'dropped')", run, reason);
    }
  });
}

type StoredRow = {
  row: number;
  state: InboxState;
  envelope: string;
  principal: string | null;
  admission: string | null;
  run: string | null;
  act: string | null;
  outcome: string | null;
  reason: string | null;
  received_at: number;
};
const columns = "row, state, envelope, principal, admission, run, act, outcome, reason, received_at";

function rowOf(stored: StoredRow): InboxRow {
  return {
    row: stored.row,
    state: stored.state,
    envelope: JSON.parse(stored.envelope) as Envelope,
    ...(stored.principal === null ? {} : { principal: JSON.parse(stored.principal) as Principal }),
    ...(stored.admission === null ? {} : { admission: JSON.parse(stored.admission) as unknown }),
    ...(stored.run === null ? {} : { run: stored.run }),
    ...(stored.act === null ? {} : { act: stored.act }),
    ...(stored.outcome === null ? {} : { outcome: stored.outcome }),
    ...(stored.reason === null ? {} : { reason: stored.reason }),
    receivedAt: stored.received_at,
  };
}
