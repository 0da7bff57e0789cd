/**
 * Locks that the kernel holds (through SQLite's file locks), so kill -9 releases them and a reused pid fools nobody, not
 * even across pid namespaces. Lock files stay: removing one while another process opens it would make two locks of one.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { FileError } from "./files.ts";
import { createPrivateFile } from "./private-files.ts";
import { processStartTime } from "./process-identity.ts";

const lockAttemptsMax = 10;
const lockDelayFirstMs = 20;
const lockDelayMaxMs = 1_000;

const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other process, and no other caller in this one, holds the lock of `path` (kept in `path.lock`).
 * Tries ten times over about five seconds, then throws FileError `file.busy`.
 */
export function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const previous = queues.get(path) ?? Promise.resolve();
  const mine = previous.then(() => locked(path, work));
  const settled = mine.then(
    () => undefined,
    () => undefined,
  );
  queues.set(path, settled);
  void settled.then(() => {
    if (queues.get(path) === settled) queues.delete(path);
  });
  return mine;
}

async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(`${path}.lock`);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function takeLock(path: string): Promise<DatabaseSync> {
  createPrivateFile(path);
  let waitMs = lockDelayFirstMs;
  for (let attempt = 1; attempt <= lockAttemptsMax; attempt += 1) {
    const connection = openLock(path);
    if (connection) return connection;
    await delay(waitMs);
    waitMs = Math.min(waitMs * 2, lockDelayMaxMs);
  }
  throw new FileError("file.busy", path, `${path} is held by another process; try again when that is done`);
}

/** The connection that holds the lock; undefined when another one does. */
function openLock(path: string): DatabaseSync | undefined {
  const connection = new DatabaseSync(path, { timeout: 0 });
  let holder: DatabaseSync | undefined;
  try {
    if (begin(connection)) holder = connection;
  } catch (error) {
    if (sqliteCode(error) !== sqliteFull) throw error;
    throw new FileError("file.no_space", path, `${path} cannot be locked: the disk is full; free some space`);
  } finally {
    if (!holder) connection.close();
  }
  return holder;
}

/** Takes the write lock; nothing is ever written under it, so the file stays empty. */
function begin(connection: DatabaseSync): boolean {
  try {
    connection.exec("BEGIN IMMEDIATE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

const sqliteBusy = 5;
const sqliteFull = 13;

const isBusy = (error: unknown): boolean => sqliteCode(error) === sqliteBusy;

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : undefined;
}

export class LockHeldError extends Error {
  readonly code = "lock.held";
  /** The Gateway that holds the lock, where it could be read. */
  readonly pid: number | undefined;

  constructor(stateDirectory: string, pid: number | undefined) {
    const who = pid === undefined ? "Another Gateway" : `Another Gateway (pid ${pid})`;
    super(`${who} runs on ${stateDirectory}; stop it, or set FASED_STATE_DIR to another folder`);
    this.name = "LockHeldError";
    this.pid = pid;
  }
}

export type GatewayLock = {
  /** Releases the lock; the end of the process does it too. */
  release(): void;
};

export type GatewayHolder = { readonly pid: number; readonly startTime: string; readonly since: number };

/** How long a start waits for somebody who only looks. */
const gatewayLockTimeoutMs = 250;
const gatewayLockFile = "gateway.lock";

/** Makes this process the one Gateway of the state directory. Throws LockHeldError when there is one already. */
export function acquireGatewayLock(stateDirectory: string): GatewayLock {
  const path = join(stateDirectory, gatewayLockFile);
  createPrivateFile(path);
  const connection = new DatabaseSync(path, { timeout: gatewayLockTimeoutMs });
  try {
    connection.exec("BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER, startTime TEXT, since INTEGER)");
    connection.exec("DELETE FROM holder");
    connection
      .prepare("INSERT INTO holder VALUES (?, ?, ?)")
      .run(process.pid, processStartTime(process.pid) ?? "", Date.now());
    // Between the commit and the second lock another start may win: then this one fails, never both succeed.
    connection.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    connection.close();
    if (!isBusy(error)) throw error;
    throw new LockHeldError(stateDirectory, gatewayHolder(stateDirectory)?.pid);
  }
  return { release: () => connection.close() };
}

/** Who took the Gateway lock last; whether that process still runs is for `sameUserProcess` to say. */
export function gatewayHolder(stateDirectory: string): GatewayHolder | undefined {
  try {
    const connection = new DatabaseSync(join(stateDirectory, gatewayLockFile), { readOnly: true, timeout: 0 });
    try {
      const row = connection.prepare("SELECT pid, startTime, since FROM holder").get();
      return row && { pid: Number(row.pid), startTime: String(row.startTime), since: Number(row.since) };
    } finally {
      connection.close();
    }
  } catch {
    // No lock file, no table, or a start in progress: nobody is known.
    return undefined;
  }
}
