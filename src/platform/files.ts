/**
 * Reading and writing the product's own files. Reads have a limit, writes are all or nothing, and every failure names
 * the file and what to do. For the agent's workspace use `file-cap.ts`, which trusts no path.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { lstat, open, readdir, readlink, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export type FileErrorCode =
  | "file.not_found"
  | "file.not_file"
  | "file.not_folder"
  | "file.not_text"
  | "file.too_large"
  | "file.no_permission"
  | "file.no_space"
  | "file.read_only"
  | "file.busy"
  | "file.failed";

export class FileError extends Error {
  readonly code: FileErrorCode;
  readonly path: string;

  constructor(code: FileErrorCode, path: string, message: string) {
    super(message);
    this.name = "FileError";
    this.code = code;
    this.path = path;
  }
}

export type ReadLimits = { readonly maxBytes: number };

/** Larger than any file that people write by hand. */
const textFileBytesMax = 8 * 1024 * 1024;

/** The whole file as UTF-8 without a byte order mark. Throws FileError; a file beyond `maxBytes` is never cut. */
export async function readTextFile(path: string, limits: ReadLimits = { maxBytes: textFileBytesMax }): Promise<string> {
  return readTextFileSync(path, limits);
}

/** As `readTextFile`, for start-up and the CLI. */
export function readTextFileSync(path: string, limits: ReadLimits = { maxBytes: textFileBytesMax }): string {
  const bytes = readBytesSync(path, limits);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FileError("file.not_text", path, `${path} is not UTF-8 text; save it as UTF-8`);
  }
}

/** The whole file. Throws FileError. Never blocks on a pipe or device: only regular files are read. */
export function readBytesSync(path: string, limits: ReadLimits): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return readDescriptor(descriptor, path, limits);
  } catch (error) {
    throw asFileError(error, path);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readDescriptor(descriptor: number, path: string, limits: ReadLimits): Buffer {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw new FileError("file.not_file", path, `${path} is not a regular file`);
  if (stat.size > limits.maxBytes) throw tooLarge(path, limits);
  // One byte more than announced: a file that grows meanwhile is noticed instead of cut. Files in /proc announce 0.
  const buffer = Buffer.alloc(Math.min(Math.max(stat.size, 4096), limits.maxBytes) + 1);
  let length = 0;
  let chunk = -1;
  while (chunk !== 0 && length < buffer.length) {
    chunk = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += chunk;
  }
  if (length === buffer.length) throw tooLarge(path, limits);
  return buffer.subarray(0, length);
}

function tooLarge(path: string, limits: ReadLimits): FileError {
  return new FileError("file.too_large", path, `${path} is larger than ${limits.maxBytes} bytes`);
}

export type WriteOptions = { readonly mode: number };

/**
 * Replaces the file or leaves it as it was, also over a power failure: temporary file in the same folder, fsync, rename,
 * fsync of the folder. The new file has exactly `mode` (default 0600), whatever the old one had. Throws FileError.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = { mode: 0o600 },
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeSynced(temporary, content, options.mode);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw asFileError(error, path);
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes a file; one that is absent already is fine. Throws FileError. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw asFileError(error, path);
  }
}

export type FileType = "file" | "folder" | "symlink" | "other";

export type FileFacts =
  | { readonly exists: false }
  | {
      readonly exists: true;
      readonly type: FileType;
      /** Permission bits, `0o600`. */
      readonly mode: number;
      readonly uid: number;
      readonly sizeBytes: number;
      readonly modifiedAtMs: number;
      /** Where a symlink points, as it is written. */
      readonly target?: string;
    };

/** What lies at `path` itself; a symlink is reported, not followed. Throws FileError when that cannot be told. */
export async function fileFacts(path: string): Promise<FileFacts> {
  try {
    const stat = await lstat(path);
    const facts = {
      exists: true as const,
      type: fileType(stat),
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      sizeBytes: stat.size,
      modifiedAtMs: stat.mtimeMs,
    };
    return facts.type === "symlink" ? { ...facts, target: await readlink(path) } : facts;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return { exists: false };
    throw asFileError(error, path);
  }
}

export type FolderEntry = { readonly name: string; readonly type: FileType };

/** The entries of a folder, sorted by name. Throws FileError; an absent folder is `file.not_found`, never empty. */
export async function listFolder(path: string): Promise<readonly FolderEntry[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, type: fileType(entry) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw asFileError(error, path);
  }
}

type Typed = { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean };

export function fileType(entry: Typed): FileType {
  if (entry.isSymbolicLink()) return "symlink";
  if (entry.isDirectory()) return "folder";
  return entry.isFile() ? "file" : "other";
}

const explained: Record<string, { code: FileErrorCode; text: string }> = {
  ENOENT: { code: "file.not_found", text: "does not exist" },
  ENOTDIR: { code: "file.not_found", text: "does not exist: a part of its path is a file" },
  EEXIST: { code: "file.not_folder", text: "is a file where a folder is needed" },
  EISDIR: { code: "file.not_file", text: "is a folder, not a file" },
  ENXIO: { code: "file.not_file", text: "is not a regular file" },
  EACCES: { code: "file.no_permission", text: "may not be accessed by this user; check its owner and mode" },
  EPERM: { code: "file.no_permission", text: "may not be changed by this user; check its owner and attributes" },
  ENOSPC: { code: "file.no_space", text: "cannot be written: the disk is full; free some space" },
  EDQUOT: { code: "file.no_space", text: "cannot be written: the disk quota is used up; free some space" },
  EROFS: {
    code: "file.read_only",
    text: "cannot be written: the file system is read-only; remount it or move the state",
  },
};

/** A system error as a FileError that says what, where and what to do. */
export function asFileError(error: unknown, path: string): FileError {
  if (error instanceof FileError) return error;
  const code = errorCode(error);
  const known = code === undefined ? undefined : explained[code];
  if (known) return new FileError(known.code, path, `${path} ${known.text} (${code})`);
  return new FileError("file.failed", path, `${path}: ${error instanceof Error ? error.message : String(error)}`);
}

/** Whether a system error has one of these codes (`ENOENT` …). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  const code = errorCode(error);
  return code !== undefined && codes.includes(code);
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
