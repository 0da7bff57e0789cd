/** The two files beside the database that make the ledger hold: its key, and an anchor that a restored copy lacks. */
import { createSecretKey, randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { FileError, readTextFile, writeFileAtomic } from "../platform/files.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import { Secret } from "../platform/secret.ts";
import type { LedgerHead, LedgerKey } from "./ledger-row.ts";

const keyBytes = 32;
const fileLimits = { maxBytes: 4096 };

/** The key at `path`, created (0600) when there is none. Throws FileError, or Error when the file holds no key. */
export async function loadLedgerKey(path: string): Promise<LedgerKey> {
  const known = await readLedgerKey(path);
  if (known) return known;
  createPrivateFolder(dirname(path));
  const key = randomBytes(keyBytes);
  await writeFileAtomic(path, `${key.toString("hex")}\n`);
  return new Secret(createSecretKey(key));
}

/** The key at `path`, or undefined when there is no file. Throws as `loadLedgerKey`. */
export async function readLedgerKey(path: string): Promise<LedgerKey | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), "hex");
  if (key.length !== keyBytes) throw new Error(`${path} does not hold a ledger key; restore it from a backup`);
  return new Secret(createSecretKey(key));
}

/** Where the ledger stood some time ago. Its MAC is checked by whoever compares it. */
export async function readAnchor(path: string): Promise<LedgerHead | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const [count, hash, mac] = text.trim().split(" ");
  if (hash === undefined || mac === undefined || !/^\d+$/.test(count ?? "")) return { count: 0, hash: "", mac: "" };
  return { count: Number(count), hash, mac };
}

export async function writeAnchor(path: string, head: LedgerHead): Promise<void> {
  await writeFileAtomic(path, `${head.count} ${head.hash} ${head.mac}\n`);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readTextFile(path, fileLimits);
  } catch (error) {
    if (error instanceof FileError && error.code === "file.not_found") return undefined;
    throw error;
  }
}
