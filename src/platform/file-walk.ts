/**
 * Walking into a folder that others may change at any moment. Each component is opened below the descriptor of its parent
 * (`/proc/self/fd/N/name` is openat(2)) without following links, and what was opened is compared with what was asked for,
 * so a swapped symlink leads to an error, never elsewhere.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { FileCapError } from "./file-cap-error.ts";
import { hasCode } from "./files.ts";

const pathBytesMax = 4096;
const componentsMax = 64;
const nameBytesMax = 255;

/** open(2): a descriptor for walking, which needs no read permission. Same value on x64 and arm64; Node has no name for it. */
const openPathOnly = 0o10000000;
const openFolder = openPathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * The components of `path` below a root: relative, or absolute inside one of its names. `a/../b` is taken by its text, which is
 * safe because no link is ever followed. Throws FileCapError; an empty list is the root itself.
 */
export function pathComponents(roots: readonly string[], path: string): readonly string[] {
  if (!isUsable(path)) throw invalid(path);
  const components: string[] = [];
  for (const part of belowRoot(roots, path).split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") components.push(part);
    else if (components.pop() === undefined) throw outside(path);
  }
  const fits =
    components.length <= componentsMax && components.every((part) => Buffer.byteLength(part) <= nameBytesMax);
  if (!fits) throw invalid(path);
  return components;
}

/** A URL is no path; half of a surrogate pair is no name. */
function isUsable(path: string): boolean {
  if (path === "" || path.includes("\0") || !path.isWellFormed()) return false;
  return Buffer.byteLength(path) <= pathBytesMax && !/^[a-z][a-z0-9+.-]*:\/\//i.test(path);
}

function belowRoot(roots: readonly string[], path: string): string {
  if (!isAbsolute(path)) return path;
  const below = roots.map((root) => relative(root, path)).find((text) => text !== ".." && !text.startsWith(`..${sep}`));
  if (below === undefined) throw outside(path);
  return below;
}

function invalid(path: string): FileCapError {
  return new FileCapError("invalid-path", `${JSON.stringify(path.slice(0, 200))} is not a usable path`);
}

export function outside(path: string): FileCapError {
  return new FileCapError(
    "outside",
    `${JSON.stringify(path)} is outside the workspace; only files inside it are reachable`,
  );
}

type Identity = { readonly dev: bigint; readonly ino: bigint };

const sameInode = (a: Identity, b: Identity): boolean => a.dev === b.dev && a.ino === b.ino;

/** What may not be reached even inside the root: by inode, so no spelling, mount or rename hides it. */
export class Forbidden {
  readonly #paths: readonly string[];
  readonly #devices: readonly bigint[];

  /** `kernelFolders` are forbidden as whole file systems where they are mounted, else as the folders that they are. */
  constructor(paths: readonly string[], kernelFolders: readonly string[] = ["/proc", "/sys"]) {
    this.#paths = [...paths, ...kernelFolders.filter((path) => !isMountPoint(path))];
    this.#devices = kernelFolders.filter(isMountPoint).flatMap((path) => statOf(path)?.dev ?? []);
  }

  /** Looks the paths up anew: files that are replaced atomically change their inode. */
  snapshot(): (stat: Identity) => boolean {
    const inodes = this.#paths.flatMap((path) => statOf(path) ?? []);
    return (stat) => this.#devices.includes(stat.dev) || inodes.some((inode) => sameInode(inode, stat));
  }
}

/** An empty `/sys` of a bare root lies on the disk of everything else: that device must not be forbidden. */
function isMountPoint(path: string): boolean {
  return statOf(path)?.dev !== statOf(dirname(path))?.dev;
}

function statOf(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** A folder held open; `close` it. */
export type Place = {
  readonly descriptor: number;
  /** The name of `name` in this folder for any system call; never follows what lies between. */
  entry(name: string): string;
};

export type Walk = {
  readonly root: string;
  readonly rootInode: Identity;
  readonly forbidden: (stat: Identity) => boolean;
  /** As the caller wrote it, for messages. */
  readonly path: string;
  readonly onMissing?: (folder: Place, name: string) => void;
};

/** Runs `work` in the folder `components` below the root. Throws FileCapError when any part is a link, absent or elsewhere. */
export function inFolder<T>(walk: Walk, components: readonly string[], work: (folder: Place) => T): T {
  let descriptor = openRoot(walk);
  try {
    for (const name of components) {
      const next = openChild(walk, descriptor, name);
      closeSync(descriptor);
      descriptor = next;
    }
    verifyPlace(walk, descriptor, components);
    return work(place(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

const place = (descriptor: number): Place => ({ descriptor, entry: (name) => `/proc/self/fd/${descriptor}/${name}` });

function openRoot(walk: Walk): number {
  const descriptor = openOrThrow(walk, walk.root, openFolder);
  if (sameInode(fstatSync(descriptor, { bigint: true }), walk.rootInode)) return descriptor;
  closeSync(descriptor);
  throw new FileCapError("outside", `the workspace ${walk.root} was replaced by another folder; start anew`);
}

function openChild(walk: Walk, parent: number, name: string): number {
  const folder = place(parent);
  walk.onMissing?.(folder, name);
  const descriptor = openOrThrow(walk, folder.entry(name), openFolder);
  if (!walk.forbidden(fstatSync(descriptor, { bigint: true }))) return descriptor;
  closeSync(descriptor);
  throw outside(walk.path);
}

/** open(2) with the error in the words of FileCapError. */
export function openOrThrow(walk: Walk, path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw asFileCapError(error, walk.path, path);
  }
}

/**
 * The kernel's own name of what was opened must be the name that was asked for: catches folders that were moved, replaced
 * or deleted between two steps.
 */
export function verifyPlace(walk: Walk, descriptor: number, components: readonly string[]): void {
  const actual = readlinkSync(`/proc/self/fd/${descriptor}`);
  if (actual === join(walk.root, ...components)) return;
  throw new FileCapError(
    "outside",
    `${JSON.stringify(walk.path)} was moved or replaced while it was opened; try again`,
  );
}

/** A system error as FileCapError; `entry` is looked at to tell a symlink from a file that is no folder. */
export function asFileCapError(error: unknown, path: string, entry?: string): FileCapError {
  if (error instanceof FileCapError) return error;
  const shown = JSON.stringify(path);
  if (hasCode(error, "ELOOP") || (hasCode(error, "ENOTDIR") && entry !== undefined && isSymlink(entry))) {
    return new FileCapError("symlink", `${shown} passes through a symbolic link; name the real file instead`);
  }
  if (hasCode(error, "ENOENT")) return new FileCapError("not-found", `${shown} does not exist`);
  if (hasCode(error, "ENOTDIR"))
    return new FileCapError("not-found", `${shown} does not exist: a part of it is a file`);
  if (hasCode(error, "ENAMETOOLONG")) return invalid(path);
  if (hasCode(error, "EISDIR", "ENXIO")) return new FileCapError("not-file", `${shown} is not a regular file`);
  if (hasCode(error, "EEXIST")) return new FileCapError("exists", `${shown} exists already`);
  if (hasCode(error, "ENOTEMPTY")) return new FileCapError("exists", `${shown} is a folder that is not empty`);
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new FileCapError("failed", `${shown} could not be used: ${reason}`);
}

function isSymlink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
