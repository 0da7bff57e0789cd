/** How far each channel account has read its platform: update offsets and the like. */
import type { Database } from "../platform/database.ts";

export const channelCursorMigrations: readonly string[] = [
  `CREATE TABLE channel_cursors (
     channel TEXT NOT NULL, account TEXT NOT NULL, cursor TEXT NOT NULL, PRIMARY KEY (channel, account)
   ) STRICT, WITHOUT ROWID;`,
];

export type ChannelCursor = { load(): string | undefined; save(value: string): Promise<void> };

export function channelCursor(database: Database, channel: string, account: string): ChannelCursor {
  return {
    load: () =>
      database.get<{ cursor: string }>(
        "SELECT cursor FROM channel_cursors WHERE channel = ? AND account = ?",
        channel,
        account,
      )?.cursor,
    save: async (value) => {
      await database.write((transaction) =>
        transaction.run(
          "INSERT OR REPLACE INTO channel_cursors (channel, account, cursor) VALUES (?, ?, ?)",
          channel,
          account,
          value,
        ),
      );
    },
  };
}
