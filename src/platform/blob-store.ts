/** Contents by their SHA-256 in one private folder: equal contents are kept once. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "./files.ts";
import { createPrivateFolder, privateFileMode } from "./private-files.ts";

export type Blob = { readonly hash: string; readonly sizeBytes: number };

export interface BlobStore {
  /** Keeps the content and returns its SHA-256. */
  put(content: Uint8Array): string;
  /** Undefined when it is not kept (any more), or is not what its name says. */
  get(hash: string): Buffer | undefined;
  list(): readonly Blob[];
  remove(hash: string): void;
}

const hashPattern = /^[0-9a-f]{64}$/;

/** Opens the folder, creating it 0700. */
export function openBlobStore(folder: string): BlobStore {
  createPrivateFolder(folder);
  const at = (hash: string): string => {
    if (!hashPattern.test(hash)) throw new Error("a blob is named by its SHA-256");
    return join(folder, hash);
  };
  return {
    put: (content) => putBlob(at, content),
    get: (hash) => getBlob(at(hash), hash),
    list: () => listBlobs(folder),
    remove: (hash) => removeBlob(at(hash)),
  };
}

function putBlob(at: (hash: string) => string, content: Uint8Array): string {
  const hash = sha256(content);
  const path = at(hash);
  if (statSync(path, { throwIfNoEntry: false })?.size === content.length) return hash;
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, content, { mode: privateFileMode });
  renameSync(temporary, path);
  return hash;
}

function getBlob(path: string, hash: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    return sha256(content) === hash ? content : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function listBlobs(folder: string): readonly Blob[] {
  return readdirSync(folder)
    .filter((name) => hashPattern.test(name))
    .map((hash) => ({ hash, sizeBytes: statSync(join(folder, hash), { throwIfNoEntry: false })?.size ?? 0 }));
}

function removeBlob(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
