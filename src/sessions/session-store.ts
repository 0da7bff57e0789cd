/**
 * The conversations of one agent (`sessions.db`): sessions, and their items with labels. Every read is bounded and
 * indexed, so a turn costs the same with one session or ten thousand.
 */
import type { Database, Transaction } from "../platform/database.ts";
import { isDamaged, openDatabase } from "../platform/database.ts";
import type { Handle, Item, NewItem } from "./item.ts";
import { type ItemRow, itemColumns, itemOf, sessionMigrations } from "./session-schema.ts";
import { encodeLabel } from "./stored-label.ts";

/** What people wrote and the agent answered, of earlier turns, that a window holds at most. */
export const trunkItemsMax = 60;
/** Handles of earlier turns that a window lists at most. */
const trunkHandlesMax = 40;
const titleCharsMax = 80;
const previewCharsMax = 240;
const listedSessionsMax = 500;
const historyItemsMax = 1_000;

export type SessionSummary = {
  readonly key: string;
  readonly title: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly archived: boolean;
};

export type SessionPreview = {
  readonly role: "user" | "assistant" | "notice";
  readonly text: string;
  readonly at: number;
};

/** Items of earlier runs that stay visible, and the handles of their sources; both oldest first. */
export type Trunk = { readonly items: readonly Item[]; readonly handles: readonly Handle[] };

export interface SessionStore {
  /** Resolves when all of `items` are durable, with their ids. Creates the session when it is new. */
  append(session: string, items: readonly NewItem[]): Promise<readonly number[]>;
  /** What lies before the first item of `run`, whose own items the window shows in full. */
  trunk(session: string, run: string): Trunk;
  /** All items of a run, in order. */
  run(run: string): readonly Item[];
  /** The source behind a handle of this very session; undefined when there is none. */
  open(session: string, handle: string): Item | undefined;
  /** Items for people, oldest first; `before` pages back. */
  history(session: string, page: { limit: number; before?: number }): readonly Item[];
  list(page: { limit: number; archived?: boolean; updatedBefore?: number }): readonly SessionSummary[];
  find(session: string): SessionSummary | undefined;
  /** Last things said, oldest first, each cut to a line or two. */
  preview(session: string, limit: number): readonly SessionPreview[];
  /** Starts the conversation afresh; what was said stays stored. False when there is no such session. */
  reset(session: string, at: number): Promise<boolean>;
  archive(session: string, archived: "archived" | "active"): Promise<boolean>;
  /** Removes the session and every item. */
  delete(session: string): Promise<boolean>;
  /** Adds to the tokens of the day (UTC) of `at`; in the same tick as an append it shares its commit. */
  countTokens(usage: { readonly inputTokens: number; readonly outputTokens: number }, at: number): Promise<void>;
  tokensOfDay(at: number): number;
  close(): Promise<void>;
}

/** The conversations of an agent cannot be opened: nothing is written to them, and nobody takes them for empty. */
export class SessionStoreError extends Error {
  readonly code: "state.damaged" | "state.unreadable";
  readonly fix: string;

  constructor(path: string, cause: unknown) {
    super(`the conversations in ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
    this.code = isDamaged(cause) ? "state.damaged" : "state.unreadable";
    this.fix =
      this.code === "state.damaged"
        ? "stop the Gateway, copy that file, then restore it from a backup; without one, move it away to begin anew"
        : "see that this user can read and write that file and its folder, and that the disk has space";
  }
}

/** Opens or creates `agents/<id>/sessions/sessions.db`. Throws SessionStoreError. */
export function openSessionStore(path: string): SessionStore {
  try {
    return createSessionStore(openDatabase(path, { sessions: sessionMigrations }));
  } catch (error) {
    throw new SessionStoreError(path, error);
  }
}

function createSessionStore(database: Database): SessionStore {
  return {
    append: (session, items) => database.write((transaction) => append(transaction, session, items)),
    trunk: (session, run) => readTrunk(database, session, run),
    run: (run) => database.all<ItemRow>(`SELECT ${itemColumns} FROM items WHERE run = ? ORDER BY id`, run).map(itemOf),
    open: (session, handle) => openHandle(database, session, handle),
    history: (session, page) => readHistory(database, session, page),
    list: (page) => listSessions(database, page),
    find: (session) => {
      const row = database.get<SessionRow>(`SELECT ${sessionColumns} FROM sessions WHERE key = ?`, session);
      return row && summaryOf(row);
    },
    preview: (session, limit) => readPreview(database, session, limit),
    reset: (session, at) =>
      changed(database, "UPDATE sessions SET generation = generation + 1, title = '', updated_at = ?2 WHERE key = ?1", [
        session,
        at,
      ]),
    archive: (session, archived) =>
      changed(database, "UPDATE sessions SET archived = ?2 WHERE key = ?1", [session, archived === "archived" ? 1 : 0]),
    delete: (session) =>
      database.write((transaction) => {
        transaction.run("DELETE FROM items WHERE session = ?", session);
        return transaction.run("DELETE FROM sessions WHERE key = ?", session).changes > 0;
      }),
    countTokens: async ({ inputTokens, outputTokens }, at) => {
      await database.write((transaction) =>
        transaction.run(
          `INSERT INTO tokens_per_day (day, tokens) VALUES (?1, ?2)
           ON CONFLICT (day) DO UPDATE SET tokens = tokens + ?2`,
          dayOf(at),
          inputTokens + outputTokens,
        ),
      );
    },
    tokensOfDay: (at) =>
      database.get<{ tokens: number }>("SELECT tokens FROM tokens_per_day WHERE day = ?", dayOf(at))?.tokens ?? 0,
    close: () => database.close(),
  };
}

const dayMs = 86_400_000;
const dayOf = (at: number) => Math.floor(at / dayMs);

function append(transaction: Transaction, session: string, items: readonly NewItem[]): readonly number[] {
  const last = items.at(-1);
  if (!last) return [];
  transaction.run(
    `INSERT INTO sessions (key, created_at, updated_at, title) VALUES (?1, ?2, ?2, ?3)
     ON CONFLICT (key) DO UPDATE SET updated_at = max(updated_at, ?2), archived = 0,
       title = CASE title WHEN '' THEN ?3 ELSE title END`,
    session,
    last.at,
    titleOf(items),
  );
  return items.map((item) => insertItem(transaction, session, item));
}

function insertItem(transaction: Transaction, session: string, item: NewItem): number {
  return transaction.run(
    `INSERT INTO items (session, generation, run, kind, content, label, handle_id, handle, at)
     VALUES (?1, (SELECT generation FROM sessions WHERE key = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    session,
    item.run,
    item.content.kind,
    JSON.stringify(item.content),
    encodeLabel(item.label),
    item.handle?.id ?? null,
    item.handle ? JSON.stringify(item.handle) : null,
    item.at,
  ).lastInsertRowid;
}

function titleOf(items: readonly NewItem[]): string {
  const first = items.find((item) => item.content.kind === "user")?.content;
  return first?.kind === "user" ? first.text.trim().split("\n", 1).join("").slice(0, titleCharsMax) : "";
}

function readTrunk(database: Database, session: string, run: string): Trunk {
  const generation = generationOf(database, session);
  const first = database.get<{ id: number | null }>("SELECT min(id) AS id FROM items WHERE run = ?", run)?.id;
  const before = first ?? Number.MAX_SAFE_INTEGER;
  const items = database.all<ItemRow>(
    `SELECT ${itemColumns} FROM items INDEXED BY items_trunk
     WHERE session = ? AND generation = ? AND kind IN ('user', 'assistant', 'notice') AND id < ?
       AND (kind <> 'notice' OR json_extract(content, '$.shownTo') IS NULL)
     ORDER BY id DESC LIMIT ${trunkItemsMax}`,
    session,
    generation,
    before,
  );
  const handles = database.all<{ handle: string }>(
    `SELECT handle FROM items INDEXED BY items_sources
     WHERE session = ? AND generation = ? AND handle_id IS NOT NULL AND id < ?
     ORDER BY id DESC LIMIT ${trunkHandlesMax}`,
    session,
    generation,
    before,
  );
  return {
    items: items.reverse().map(itemOf),
    handles: handles.reverse().map((row) => JSON.parse(row.handle) as Handle),
  };
}

function generationOf(database: Database, session: string): number {
  return (
    database.get<{ generation: number }>("SELECT generation FROM sessions WHERE key = ?", session)?.generation ?? 0
  );
}

function openHandle(database: Database, session: string, handle: string): Item | undefined {
  const row = database.get<ItemRow>(
    `SELECT ${itemColumns} FROM items WHERE handle_id = ? AND session = ? AND generation = ?`,
    handle,
    session,
    generationOf(database, session),
  );
  return row && itemOf(row);
}

function readHistory(
  database: Database,
  session: string,
  { limit, before }: { limit: number; before?: number },
): readonly Item[] {
  return database
    .all<ItemRow>(
      `SELECT ${itemColumns} FROM items INDEXED BY items_session
       WHERE session = ? AND generation = ? AND id < ? ORDER BY id DESC LIMIT ?`,
      session,
      generationOf(database, session),
      before ?? Number.MAX_SAFE_INTEGER,
      Math.min(limit, historyItemsMax),
    )
    .reverse()
    .map(itemOf);
}

type SessionRow = { key: string; title: string; created_at: number; updated_at: number; archived: number };
const sessionColumns = "key, title, created_at, updated_at, archived";

function summaryOf(row: SessionRow): SessionSummary {
  return {
    key: row.key,
    title: row.title,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archived: row.archived === 1,
  };
}

function listSessions(
  database: Database,
  page: { limit: number; archived?: boolean; updatedBefore?: number },
): readonly SessionSummary[] {
  return database
    .all<SessionRow>(
      `SELECT ${sessionColumns} FROM sessions INDEXED BY sessions_recent
       WHERE archived = ? AND updated_at < ? ORDER BY updated_at DESC LIMIT ?`,
      page.archived === true ? 1 : 0,
      page.updatedBefore ?? Number.MAX_SAFE_INTEGER,
      Math.min(page.limit, listedSessionsMax),
    )
    .map(summaryOf);
}

function readPreview(database: Database, session: string, limit: number): readonly SessionPreview[] {
  const rows = database.all<ItemRow>(
    `SELECT ${itemColumns} FROM items INDEXED BY items_trunk
     WHERE session = ? AND generation = ? AND kind IN ('user', 'assistant', 'notice') ORDER BY id DESC LIMIT ?`,
    session,
    generationOf(database, session),
    Math.min(limit, trunkItemsMax),
  );
  return rows.reverse().flatMap((row) => {
    const { content, at } = itemOf(row);
    if (content.kind !== "user" && content.kind !== "assistant" && content.kind !== "notice") return [];
    return [{ role: content.kind, text: content.text.slice(0, previewCharsMax), at }];
  });
}

function changed(database: Database, sql: string, values: (string | number)[]): Promise<boolean> {
  return database.write((transaction) => transaction.run(sql, ...values).changes > 0);
}
