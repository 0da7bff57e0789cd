/**
 * Waits until a database's write-ahead log is on the disk, off the main thread. SQLite with `synchronous=FULL` does the
 * same within COMMIT and stops the whole process meanwhile.
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

export interface LogSync {
  /** Resolves once all that was committed before the call is on the disk. Rejects, from then on for ever, when the disk fails. */
  durable(): Promise<void>;
  /** What the disk answered when it failed: nothing may be believed to be stored any more. */
  readonly failure: Error | undefined;
  close(): Promise<void>;
}

/** The log of the database at `path`; the file exists from the first commit until the database is closed. */
export function openLogSync(path: string): LogSync {
  return new WalSync(`${path}-wal`);
}

/** A database in memory is on no disk. */
export const noLogSync: LogSync = {
  durable: () => Promise.resolve(),
  failure: undefined,
  close: () => Promise.resolve(),
};

class WalSync implements LogSync {
  readonly #path: string;
  #file: FileHandle | undefined;
  #failure: Error | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async durable(): Promise<void> {
    // The kernel reports a page that it could not write once: a second sync would succeed without that page.
    if (this.#failure) throw this.#failure;
    try {
      this.#file ??= await openLog(this.#path);
      await this.#file.datasync();
    } catch (error) {
      this.#failure = new Error(`the disk did not take ${this.#path}: ${String(error)}`, { cause: error });
      throw this.#failure;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** Its name has to be on the disk as well, once. SQLite keeps no locks on this file: closing it here drops none. */
async function openLog(path: string): Promise<FileHandle> {
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
  return open(path, "r");
}
