/**
 * The outbox: an answer is a durable row before a channel sees it, once per idempotency key. A row found `attempted`
 * at start may or may not have arrived: it becomes `unknown` and is told, never sent again blindly.
 */
import type { Delivery } from "../channels/contract.ts";
import type { Database, Transaction } from "../platform/database.ts";
import type { Label } from "../policy/label.ts";
import { decodeLabel, encodeLabel } from "./stored-label.ts";

export const outboxMigrations: readonly string[] = [
  `CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     idempotency_key TEXT NOT NULL UNIQUE,
     run TEXT,
     state TEXT NOT NULL,
     delivery TEXT NOT NULL,
     label TEXT,
     attempts INTEGER NOT NULL DEFAULT 0,
     message_ids TEXT,
     detail TEXT,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX outbox_open ON outbox (id) WHERE state IN ('queued', 'attempted');
   CREATE INDEX outbox_age ON outbox (updated_at) WHERE state NOT IN ('queued', 'attempted');`,
  "ALTER TABLE outbox ADD COLUMN session TEXT",
];

export type OutboxState = "queued" | "attempted" | "sent" | "unknown" | "failed";

export type OutboxRow = {
  readonly id: number;
  readonly state: OutboxState;
  readonly delivery: Delivery;
  readonly label: Label;
  readonly run?: string;
  /** The session that the text becomes part of once it is delivered. */
  readonly session?: string;
  readonly attempts: number;
  readonly createdAt: number;
};

export type NewOutboxRow = {
  readonly delivery: Delivery;
  readonly label: Label;
  readonly run?: string;
  readonly session?: string;
  readonly at: number;
};

export type OutboxEnd =
  | { readonly state: "sent"; readonly messageIds: readonly string[]; readonly at: number }
  | { readonly state: "unknown" | "failed"; readonly detail: string; readonly at: number };

export interface Outbox {
  /** In the caller's transaction. The same idempotency key again is the first row, whatever became of it. */
  insert(transaction: Transaction, row: NewOutboxRow): { readonly id: number; readonly duplicate: boolean };
  /** Before the channel is called. */
  attempt(id: number, at: number): Promise<void>;
  /** A transient failure: nothing was delivered, it waits for its next attempt. */
  requeue(id: number, detail: string, at: number): Promise<void>;
  finish(id: number, end: OutboxEnd): Promise<void>;
  find(id: number): OutboxRow | undefined;
  /** Whether a delivery with this key was ever queued, as long as ended ones are kept. */
  has(idempotencyKey: string): boolean;
  /** The idempotency key of the delivery that a platform's message id belongs to. */
  keyOf(messageId: string): string | undefined;
  /** `queued` and `attempted` rows, oldest first. */
  pending(): readonly OutboxRow[];
  prune(before: number): Promise<number>;
}

export function createOutbox(database: Database): Outbox {
  return {
    insert,
    attempt: (id, at) => update(database, "state = 'attempted', attempts = attempts + 1, updated_at = ?2", [id, at]),
    requeue: (id, detail, at) => update(database, "state = 'queued', detail = ?2, updated_at = ?3", [id, detail, at]),
    finish: (id, end) =>
      update(database, "state = ?2, detail = ?3, message_ids = ?4, updated_at = ?5", [
        id,
        end.state,
        end.state === "sent" ? null : end.detail,
        end.state === "sent" ? JSON.stringify(end.messageIds) : null,
        end.at,
      ]),
    find: (id) => {
      const row = database.get<StoredRow>(`SELECT ${columns} FROM outbox WHERE id = ?`, id);
      return row && rowOf(row);
    },
    has: (idempotencyKey) =>
      database.get("SELECT 1 FROM outbox WHERE idempotency_key = ?", idempotencyKey) !== undefined,
    keyOf: (messageId) =>
      database.get<{ key: string }>(
        `SELECT idempotency_key AS key FROM outbox, json_each(message_ids)
         WHERE message_ids IS NOT NULL AND json_each.value = ? ORDER BY id DESC LIMIT 1`,
        messageId,
      )?.key,
    pending: () =>
      database
        .all<StoredRow>(`SELECT ${columns} FROM outbox WHERE state IN ('queued', 'attempted') ORDER BY id`)
        .map(rowOf),
    prune: (before) =>
      database.write(
        (transaction) =>
          transaction.run("DELETE FROM outbox WHERE state NOT IN ('queued', 'attempted') AND updated_at < ?", before)
            .changes,
      ),
  };
}

function insert(transaction: Transaction, row: NewOutboxRow): { id: number; duplicate: boolean } {
  const known = transaction.get<{ id: number }>(
    "SELECT id FROM outbox WHERE idempotency_key = ?",
    row.delivery.idempotencyKey,
  );
  if (known) return { id: known.id, duplicate: true };
  const { lastInsertRowid } = transaction.run(
    `INSERT INTO outbox (idempotency_key, run, session, state, delivery, label, created_at, updated_at)
     VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?6)`,
    row.delivery.idempotencyKey,
    row.run ?? null,
    row.session ?? null,
    JSON.stringify(row.delivery),
    encodeLabel(row.label),
    row.at,
  );
  return { id: lastInsertRowid, duplicate: false };
}

async function update(database: Database, assignments: string, values: (string | number | null)[]): Promise<void> {
  await database.write((transaction) => {
    const sql = `UPDATE outbox SET ${assignments} WHERE id = ?1 AND state IN ('queued', 'attempted')`;
    if (transaction.run(sql, ...values).changes !== 1) throw new Error(`outbox row ${values[0]} is not open`);
  });
}

type StoredRow = {
  id: number;
  state: OutboxState;
  delivery: string;
  label: string | null;
  run: string | null;
  session: string | null;
  attempts: number;
  created_at: number;
};
const columns = "id, state, delivery, label, run, session, attempts, created_at";

function rowOf(stored: StoredRow): OutboxRow {
  return {
    id: stored.id,
    state: stored.state,
    delivery: JSON.parse(stored.delivery) as Delivery,
    label: decodeLabel(stored.label),
    ...(stored.run === null ? {} : { run: stored.run }),
    ...(stored.session === null ? {} : { session: stored.session }),
    attempts: stored.attempts,
    createdAt: stored.created_at,
  };
}
