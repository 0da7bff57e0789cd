/**
 * Waits until a database's write-ahead log is on the disk, off the main thread: what one sync covers, it covers for
 * everyone who waits. SQLite with `synchronous=FULL` does the same within COMMIT and stops the whole process meanwhile.
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";

export interface LogSync {
  /** Resolves once all that was committed before the call is on the disk. Rejects, from then on for ever, when the disk fails. */
  durable(): Promise<void>;
  /** What the disk answered when it failed: nothing may be believed to be stored any more. */
  readonly failure: Error | undefined;
  /** Lets those who wait have their answer. */
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

type Waiting = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

class WalSync implements LogSync {
  readonly #path: string;
  #file: FileHandle | undefined;
  /** A sync that is under way may have missed what was committed since: they get the next one, together. */
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async close(): Promise<void> {
    await this.#draining;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const covered = this.#waiting;
      this.#waiting = [];
      try {
        await this.#sync();
        for (const { resolve } of covered) resolve();
      } catch (error) {
        for (const { reject } of covered) reject(error);
      }
    }
    this.#draining = undefined;
  }

  async #sync(): Promise<void> {
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
}

/** Its name has to be on the disk as well, once. SQLite keeps no locks on this file: closing it here drops none. */
async function openLog(path: string): Promise<FileHandle> {
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
  return open(path, "r");
}
