/** Reminders: a row each in `state.db`, delivered at their time to the chat they were asked in; after a pause, late and marked so. */
import { randomBytes } from "node:crypto";
import type { ReplyTarget } from "../channels/contract.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import type { Database } from "../platform/database.ts";
import type { Audience, Label } from "../policy/label.ts";
import type { Path, Principal } from "../policy/request.ts";
import { reach } from "../sessions/kill-points.ts";
import { decodeLabel, encodeLabel } from "../sessions/stored-label.ts";

/** Older than this at its delivery, a reminder is late. */
const lateAfterMs = 60_000;
const remindersPerSessionMax = 200;
/** Until a delivery that failed is tried again. */
const retryAfterMs = 60_000;
const attemptsMax = 10;

export type Reminder = {
  readonly id: string;
  readonly text: string;
  readonly dueAt: number;
  readonly label: Label;
  readonly agent: string;
  readonly session: string;
  readonly principal: Principal;
  readonly path: Path;
  readonly audience: Audience;
  readonly target: ReplyTarget;
  readonly createdAt: number;
};

export type NewReminder = Omit<Reminder, "id" | "createdAt">;

export type ReminderPorts = {
  readonly database: Database;
  readonly clock: Clock;
  /** Puts it into the outbox with its label; `reminder:<id>` is the idempotency key. A rejection is tried again. */
  deliver(reminder: Reminder, timing: { readonly late: boolean }): Promise<void>;
};

export interface Reminders {
  /** Durable when it resolves; undefined when the session has too many. */
  add(reminder: NewReminder): Promise<Reminder | undefined>;
  /** Those that wait, soonest first. */
  waiting(session?: string): readonly Reminder[];
  cancel(session: string, id: string): Promise<boolean>;
  /** Delivers what is due and whatever becomes due until `stop`. */
  start(): void;
  /** Resolves when nothing is being delivered any more; what is due from now on waits for the next start. */
  stop(): Promise<void>;
}

export const remindersMigrations: readonly string[] = [
  `CREATE TABLE reminders (
     id TEXT PRIMARY KEY, state TEXT NOT NULL, session TEXT NOT NULL, due_at INTEGER NOT NULL, next_at INTEGER NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0, label TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX reminders_by_time ON reminders (state, next_at);`,
];

type Row = {
  id: string;
  due_at: number;
  next_at: number;
  attempts: number;
  label: string;
  body: string;
  created_at: number;
};
type Body = Pick<Reminder, "text" | "agent" | "session" | "principal" | "path" | "audience" | "target">;

const columns = "id, due_at, next_at, attempts, label, body, created_at";
const dueAtOnceMax = 100;

export function createReminders(ports: ReminderPorts): Reminders {
  return new StoredReminders(ports);
}

class StoredReminders implements Reminders {
  readonly #ports: ReminderPorts;
  #timer: Timer | undefined;
  #running = false;
  #delivering: Promise<void> = Promise.resolve();

  constructor(ports: ReminderPorts) {
    this.#ports = ports;
  }

  async add(reminder: NewReminder): Promise<Reminder | undefined> {
    const { label, dueAt, ...body } = reminder;
    const id = randomBytes(8).toString("hex");
    const createdAt = this.#ports.clock.now();
    const added = await this.#ports.database.write((transaction) => {
      const row = transaction.get<{ count: number }>(
        "SELECT count(*) AS count FROM reminders WHERE session = ? AND state = 'waiting'",
        reminder.session,
      );
      if ((row?.count ?? 0) >= remindersPerSessionMax) return false;
      transaction.run(
        `INSERT INTO reminders (id, state, session, due_at, next_at, label, body, created_at) VALUES (?, 'waiting', ?, ?, ?, ?, ?, ?)`,
        ...[id, reminder.session, dueAt, dueAt, encodeLabel(label), JSON.stringify(body satisfies Body), createdAt],
      );
      return true;
    });
    if (!added) return undefined;
    this.#arm();
    return { ...reminder, id, createdAt };
  }

  waiting(session?: string): readonly Reminder[] {
    return this.#ports.database
      .all<Row>(
        `SELECT ${columns} FROM reminders WHERE state = 'waiting' AND (?1 IS NULL OR session = ?1) ORDER BY due_at`,
        session ?? null,
      )
      .map(reminderOf);
  }

  cancel(session: string, id: string): Promise<boolean> {
    return this.#ports.database.write(
      (transaction) =>
        transaction.run(
          "UPDATE reminders SET state = 'cancelled' WHERE id = ? AND session = ? AND state = 'waiting'",
          id,
          session,
        ).changes === 1,
    );
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    return this.#delivering;
  }

  /** Sets the one timer to the soonest row. */
  #arm(): void {
    this.#timer?.cancel();
    if (!this.#running) return;
    const next = this.#ports.database.get<{ at: number | null }>(
      "SELECT min(next_at) AS at FROM reminders WHERE state = 'waiting'",
    )?.at;
    if (next === undefined || next === null) return;
    this.#deliverAfter(Math.max(0, next - this.#ports.clock.now()));
  }

  /** One delivery after the other: a row that is being delivered is still the soonest one. */
  #deliverAfter(delayMs: number): void {
    this.#timer = this.#ports.clock.after(delayMs, () => {
      this.#delivering = this.#delivering.then(() => this.#deliverDue());
    });
  }

  async #deliverDue(): Promise<void> {
    try {
      await this.#deliverRows();
      this.#arm();
    } catch {
      // The disk refused: every row is as it was.
      if (this.#running) this.#deliverAfter(retryAfterMs);
    }
  }

  async #deliverRows(): Promise<void> {
    const now = this.#ports.clock.now();
    const due = this.#ports.database.all<Row>(
      `SELECT ${columns} FROM reminders WHERE state = 'waiting' AND next_at <= ? ORDER BY due_at LIMIT ${dueAtOnceMax}`,
      now,
    );
    for (const row of due) if (this.#running) await this.#deliver(row, now);
  }

  async #deliver(row: Row, now: number): Promise<void> {
    try {
      await this.#ports.deliver(reminderOf(row), { late: now - row.due_at > lateAfterMs });
    } catch {
      // Nothing was delivered: the row waits for its next attempt, or is given up and stays visible as failed.
      const state = row.attempts + 1 >= attemptsMax ? "failed" : "waiting";
      await this.#set(row.id, "state = ?2, attempts = attempts + 1, next_at = ?3", [state, now + retryAfterMs]);
      return;
    }
    reach("reminder.queued");
    await this.#set(row.id, "state = 'delivered'", []);
  }

  async #set(id: string, change: string, values: readonly (string | number)[]): Promise<void> {
    await this.#ports.database.write((transaction) =>
      transaction.run(`UPDATE reminders SET ${change} WHERE id = ?1 AND state = 'waiting'`, id, ...values),
    );
  }
}

function reminderOf(row: Row): Reminder {
  return {
    ...(JSON.parse(row.body) as Body),
    id: row.id,
    dueAt: row.due_at,
    label: decodeLabel(row.label),
    createdAt: row.created_at,
  };
}
