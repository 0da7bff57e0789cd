/** Tables of `sessions.db`, and how a row becomes an item. */
import type { Handle, Item, ItemContent } from "./item.ts";
import { decodeLabel } from "./stored-label.ts";

/**
 * `generation` counts resets: items of earlier generations stay stored, out of every window. The partial indexes keep
 * the trunk and the handles at the same cost however many sessions, and however many sources, there are.
 */
export const sessionMigrations: readonly string[] = [
  `CREATE TABLE sessions (
     key TEXT PRIMARY KEY,
     generation INTEGER NOT NULL DEFAULT 0,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     title TEXT NOT NULL DEFAULT '',
     archived INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_recent ON sessions (archived, updated_at DESC);
   CREATE TABLE items (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     session TEXT NOT NULL,
     generation INTEGER NOT NULL,
     run TEXT NOT NULL,
     kind TEXT NOT NULL,
     content TEXT NOT NULL,
     label TEXT,
     handle_id TEXT,
     handle TEXT,
     at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX items_session ON items (session, generation, id);
   CREATE INDEX items_run ON items (run, id);
   CREATE INDEX items_trunk ON items (session, generation, id) WHERE kind IN ('user', 'assistant', 'notice');
   CREATE INDEX items_sources ON items (session, generation, id) WHERE handle_id IS NOT NULL;
   CREATE UNIQUE INDEX items_handle ON items (handle_id) WHERE handle_id IS NOT NULL;
   CREATE TABLE tokens_per_day (day INTEGER PRIMARY KEY, tokens INTEGER NOT NULL) STRICT;`,
];

export type ItemRow = {
  id: number;
  session: string;
  run: string;
  content: string;
  label: string | null;
  handle: string | null;
  at: number;
};

export const itemColumns = "id, session, run, content, label, handle, at";

export function itemOf(row: ItemRow): Item {
  return {
    id: row.id,
    session: row.session,
    run: row.run,
    content: JSON.parse(row.content) as ItemContent,
    label: decodeLabel(row.label),
    ...(row.handle === null ? {} : { handle: JSON.parse(row.handle) as Handle }),
    at: row.at,
  };
}
