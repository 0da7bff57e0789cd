/** Why a message was not answered (dropped, gated, parked): the reason, and the one line that changes it. */
import type { Database } from "../platform/database.ts";

export const whyMigrations: readonly string[] = [
  `CREATE TABLE why (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     channel TEXT NOT NULL,
     account TEXT NOT NULL,
     message_id TEXT NOT NULL,
     sender TEXT NOT NULL,
     code TEXT NOT NULL,
     text TEXT NOT NULL,
     fix TEXT NOT NULL
   ) STRICT;`,
];

/** Older records than the newest so many are forgotten. */
const whyRecordsMax = 10_000;
const listedMax = 1_000;

export type WhyRecord = {
  readonly at: number;
  readonly channel: string;
  readonly account: string;
  readonly messageId: string;
  /** The immutable id, never a display name. */
  readonly sender: string;
  /** Stable reason code. */
  readonly code: string;
  readonly text: string;
  readonly fix: string;
};

export interface WhyLog {
  record(entry: WhyRecord): Promise<void>;
  /** Newest first. */
  list(limit: number): readonly WhyRecord[];
}

export function createWhyLog(database: Database): WhyLog {
  return {
    record: async (entry) => {
      await database.write((transaction) => {
        const { lastInsertRowid } = transaction.run(
          "INSERT INTO why (at, channel, account, message_id, sender, code, text, fix) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          entry.at,
          entry.channel,
          entry.account,
          entry.messageId,
          entry.sender,
          entry.code,
          entry.text,
          entry.fix,
        );
        transaction.run("DELETE FROM why WHERE id <= ?", lastInsertRowid - whyRecordsMax);
      });
    },
    list: (limit) =>
      database.all<WhyRecord>(
        `SELECT at, channel, account, message_id AS messageId, sender, code, text, fix
         FROM why ORDER BY id DESC LIMIT ?`,
        Math.min(limit, listedMax),
      ),
  };
}
