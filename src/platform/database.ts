/**
 * SQLite as the journals need it: reads are immediate, writes are grouped. `write` resolves after the commit that holds
 * it and the sync of its log (WAL), so whatever is acknowledged afterwards survives kill -9 and power loss. All writes of
 * one tick, or of the time that a sync takes, share one commit; each runs in a savepoint, so one that throws is rolled
 * back alone.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { createPrivateFile } from "./private-files.ts";
import { type LogSync, noLogSync, openLogSync } from "./wal-sync.ts";

export type Value = SQLInputValue;

export interface Transaction {
  run(sql: string, ...values: Value[]): { changes: number; lastInsertRowid: number };
  get<Row>(sql: string, ...values: Value[]): Row | undefined;
  all<Row>(sql: string, ...values: Value[]): Row[];
}

/** Writes what belongs to a change in the transaction of that change: both are durable, or neither. */
export type WithChange<Report> = (transaction: Transaction, report: Report) => void;

export interface Database {
  get<Row>(sql: string, ...values: Value[]): Row | undefined;
  all<Row>(sql: string, ...values: Value[]): Row[];
  /**
   * Resolves with the result of `change` once it is durable. Rejects, with nothing written, when it throws or the commit
   * fails; and when the disk fails to sync: what was written then is unknown, and every later write is refused.
   */
  write<T>(change: (transaction: Transaction) => T): Promise<T>;
  /** Commits what is queued, then closes. */
  close(): Promise<void>;
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, as primary result codes. */
const damageCodes: readonly number[] = [11, 26];

/** Whether SQLite says that a file is no database, or a broken one. */
export function isDamaged(error: unknown): boolean {
  return damageCodes.includes(sqliteCode(error) ?? 0);
}

/** The primary result code of an error of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : undefined;
}

type Pending = {
  change: (transaction: Transaction) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
};

type Done = { readonly pending: Pending; readonly value: unknown };

/** Statements kept prepared; more distinct SQL texts than this is a defect, not a load. */
const preparedMax = 500;

/** For each component that keeps tables in the database: its migrations, SQL that runs once each, in order; append only. */
export type Schema = Readonly<Record<string, readonly string[]>>;

/**
 * Opens or creates the database (0600) and brings every component's tables up to date. Throws when the file is
 * unreadable, locked by another writer, or newer than this program.
 */
export function openDatabase(path: string, schema: Schema, sync: LogSync = logSyncOf(path)): Database {
  if (path !== memoryPath) createPrivateFile(path);
  const connection = new DatabaseSync(path, { timeout: 2_000 });
  try {
    // NORMAL syncs at checkpoints; the log is synced here before a write is acknowledged. A checkpoint stops the process,
    // and the longer the log is, the more of its pages are written once instead of again and again.
    connection.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
       PRAGMA wal_autocheckpoint = ${checkpointPages};`,
    );
    migrate(connection, schema, path);
    return new GroupCommitDatabase(connection, sync);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Of 4 KiB each: a log of 16 MiB, read in some ten milliseconds after a crash. */
const checkpointPages = 4_000;
const memoryPath = ":memory:";
const logSyncOf = (path: string): LogSync => (path === memoryPath ? noLogSync : openLogSync(path));

class GroupCommitDatabase implements Database {
  readonly #connection: DatabaseSync;
  readonly #sync: LogSync;
  readonly #statements = new Map<string, StatementSync>();
  #queue: Pending[] = [];
  #scheduled = false;
  /** The last commit, until its log is synced. */
  #syncing: Promise<void> | undefined;
  #closed = false;

  constructor(connection: DatabaseSync, sync: LogSync) {
    this.#connection = connection;
    this.#sync = sync;
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  write<T>(change: (transaction: Transaction) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("the database is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ change, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#syncing;
    this.#commit();
    await this.#syncing;
    await this.#sync.close();
    this.#statements.clear();
    this.#connection.close();
  }

  /** Whatever is asked during a sync shares the commit after it: the busier the disk, the more rows it takes at once. */
  #schedule(): void {
    if (this.#scheduled || this.#syncing || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#commit();
    });
  }

  #commit(): void {
    const batch = this.#queue;
    this.#queue = [];
    if (batch.length === 0) return;
    const done: Done[] = [];
    try {
      if (this.#sync.failure) throw this.#sync.failure;
      this.#connection.exec("BEGIN IMMEDIATE");
      for (const pending of batch) this.#apply(pending, done);
      this.#connection.exec("COMMIT");
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
      for (const pending of batch) pending.reject(error);
      return;
    }
    this.#syncing = this.#acknowledge(done).finally(() => {
      this.#syncing = undefined;
      this.#schedule();
    });
  }

  async #acknowledge(done: readonly Done[]): Promise<void> {
    try {
      await this.#sync.durable();
      for (const { pending, value } of done) pending.resolve(value);
    } catch (error) {
      for (const { pending } of done) pending.reject(error);
    }
  }

  #apply(pending: Pending, done: Done[]): void {
    this.#connection.exec("SAVEPOINT change");
    try {
      done.push({ pending, value: pending.change(this.#transaction) });
    } catch (error) {
      // A full disk or a failing one takes the whole transaction with it: then nothing of the batch is there.
      if (!this.#connection.isTransaction) throw error;
      this.#connection.exec("ROLLBACK TO change");
      pending.reject(error);
    }
    this.#connection.exec("RELEASE change");
  }

  readonly #transaction: Transaction = {
    run: (sql, ...values) => {
      const result = this.#prepare(sql).run(...values);
      return { changes: Number(result.changes), lastInsertRowid: Number(result.lastInsertRowid) };
    },
    get: (sql, ...values) => this.get(sql, ...values),
    all: (sql, ...values) => this.all(sql, ...values),
  };

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (this.#statements.size >= preparedMax) this.#statements.clear();
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Under one lock, versions read within it: two programs that start together do not both migrate. */
function migrate(connection: DatabaseSync, schema: Schema, path: string): void {
  connection.exec("BEGIN IMMEDIATE");
  connection.exec(
    "CREATE TABLE IF NOT EXISTS schema_version (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT",
  );
  const known = connection.prepare("SELECT version FROM schema_version WHERE component = ?");
  const record = connection.prepare("INSERT OR REPLACE INTO schema_version (component, version) VALUES (?, ?)");
  for (const [component, migrations] of Object.entries(schema)) {
    const { version } = (known.get(component) as { version: number } | undefined) ?? { version: 0 };
    if (version === migrations.length) continue;
    if (version > migrations.length) {
      throw new Error(`${path} was written by a newer version of Fased; update Fased, or restore a backup of the file`);
    }
    for (const sql of migrations.slice(version)) connection.exec(sql);
    record.run(component, migrations.length);
  }
  connection.exec("COMMIT");
}
