/** A small private JSON file with a schema: read whole, replaced whole, changed under its lock. */
import { dirname } from "node:path";
import type * as z from "zod";
import { FileError, fileFacts, readTextFile, writeFileAtomic } from "../platform/files.ts";
import { withFileLock } from "../platform/lock.ts";
import { createPrivateFolder } from "../platform/private-files.ts";

/** The store exists and cannot be trusted: unreadable, not JSON, or of an unknown form. Never the same as empty. */
export class StoreError extends Error {
  readonly code = "store.unreadable";
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path} ${reason}; restore it from a backup, or move it away to start with an empty one`, { cause });
    this.name = "StoreError";
    this.path = path;
  }
}

export type Changed<T, R> = { readonly next: T | "unchanged"; readonly result: R };

export type JsonStore<T> = {
  /** An absent file is `empty`; anything else that cannot be read throws StoreError. */
  read(): Promise<T>;
  /** Reads, changes and replaces the file while no other process can. */
  update<R>(change: (current: T) => Changed<T, R>): Promise<R>;
};

export type JsonStoreOptions<T> = { readonly path: string; readonly schema: z.ZodType<T>; readonly empty: T };

/** Bounds what an attacker who fills a store can make us parse. */
const storeBytesMax = 4 * 1024 * 1024;

export function createJsonStore<T>({ path, schema, empty }: JsonStoreOptions<T>): JsonStore<T> {
  const read = async (): Promise<T> => {
    const facts = await fileFacts(path);
    if (!facts.exists) return empty;
    const parsed = schema.safeParse(parseJson(path, await readStore(path)));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new StoreError(path, `has an unexpected form at \`${issue?.path.join(".")}\`: ${issue?.message}`);
  };
  return {
    read,
    update: (change) => {
      createPrivateFolder(dirname(path));
      return withFileLock(path, async () => {
        const { next, result } = change(await read());
        if (next !== "unchanged") await writeFileAtomic(path, `${JSON.stringify(next, null, 2)}\n`);
        return result;
      });
    },
  };
}

async function readStore(path: string): Promise<string> {
  try {
    return await readTextFile(path, { maxBytes: storeBytesMax });
  } catch (error) {
    if (error instanceof FileError) throw new StoreError(path, `cannot be read (${error.code})`, error);
    throw error;
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StoreError(path, "is not JSON", error);
  }
}
