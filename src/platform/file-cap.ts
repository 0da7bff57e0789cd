/**
 * The only way to an agent's files: a capability for one folder. No path, link, race or hard link leads out of it, and
 * what is forbidden (the state directory, /proc …) is not reachable even where it lies inside.
 */
import { randomBytes } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { FileCapError } from "./file-cap-error.ts";
import {
  asFileCapError,
  Forbidden,
  inFolder,
  openOrThrow,
  outside,
  type Place,
  pathComponents,
  verifyPlace,
  type Walk,
} from "./file-walk.ts";
import { type FileType, fileType, hasCode } from "./files.ts";

export type FileCapOptions = {
  /** Files and folders that are never reachable, the state directory first of all; looked up anew for each call. */
  readonly forbidden?: readonly string[];
  /** `refuse` once a command ran on the host in this workspace: it may have linked a private file into it. */
  readonly linkedReads?: "allow" | "refuse";
};

export type CapFacts = {
  readonly type: FileType;
  readonly sizeBytes: number;
  readonly mode: number;
  /** Identity and version of the content: device, inode, and change time in nanoseconds. */
  readonly device: string;
  readonly inode: string;
  readonly changedAtNs: string;
  readonly modifiedAtMs: number;
  readonly links: number;
  /** Where a symlink points, as it is written; nobody follows it. */
  readonly target?: string;
};

type CapEntry = { readonly name: string; readonly type: FileType };

/** All methods throw FileCapError, and nothing has happened when they do. Paths are relative to the root, or absolute inside it. */
export interface FileCap {
  /** Real path of the root, without links. */
  readonly root: string;
  /** The whole file; one beyond `maxBytes` is `too-large`, never cut. */
  read(path: string, limits: { maxBytes: number }): Promise<Buffer>;
  /** Replaces or creates the file at once, with its folders; keeps the mode of an existing one. */
  write(path: string, content: string | Uint8Array, options?: { existing?: "replace" | "refuse" }): Promise<CapFacts>;
  /** A file, a symlink (itself), or an empty folder. */
  remove(path: string): Promise<void>;
  /** Sorted by name. More than `capEntriesMax` is `too-large`. */
  list(path: string): Promise<readonly CapEntry[]>;
  /** A symlink is described, not followed. */
  facts(path: string): Promise<CapFacts>;
  /** With parents; an existing folder is fine. */
  mkdir(path: string): Promise<void>;
}

const capEntriesMax = 20_000;

const folderCreateMode = 0o777;
const fileCreateMode = 0o666;

/** Throws FileCapError where the root is absent, forbidden itself, or the system has no /proc/self/fd. */
export function openFileCap(root: string, options: FileCapOptions = {}): FileCap {
  try {
    readlinkSync("/proc/self/fd/0");
  } catch {
    throw new FileCapError("failed", "files need /proc/self/fd (Linux with /proc mounted) to be opened safely");
  }
  try {
    const real = realpathSync(root);
    const forbidden = new Forbidden(options.forbidden ?? []);
    const inode = statSync(real, { bigint: true });
    if (!inode.isDirectory()) throw new FileCapError("not-file", `the workspace ${root} is not a folder`);
    if (forbidden.snapshot()(inode)) throw outside(root);
    return new WorkspaceCap({
      root: real,
      given: resolve(root),
      inode,
      forbidden,
      linkedReads: options.linkedReads ?? "allow",
    });
  } catch (error) {
    throw asFileCapError(error, root);
  }
}

type Ground = {
  readonly root: string;
  /** The root as it was named, which absolute paths may use too. */
  readonly given: string;
  readonly inode: BigIntStats;
  readonly forbidden: Forbidden;
  readonly linkedReads: "allow" | "refuse";
};

type Target = {
  readonly walk: Walk;
  readonly components: readonly string[];
  readonly name: string;
  readonly folder: Place;
};

class WorkspaceCap implements FileCap {
  readonly root: string;
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.root = ground.root;
  }

  async read(path: string, limits: { maxBytes: number }): Promise<Buffer> {
    return this.#at(path, (target) => {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      const descriptor = openOrThrow(target.walk, target.folder.entry(target.name), flags);
      try {
        this.#checkFile(target, descriptor, this.#ground.linkedReads);
        return readAll(descriptor, path, limits.maxBytes);
      } finally {
        closeSync(descriptor);
      }
    });
  }

  async write(
    path: string,
    content: string | Uint8Array,
    options: { existing?: "replace" | "refuse" } = {},
  ): Promise<CapFacts> {
    const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    const put = (target: Target): CapFacts => {
      const existing = lstatSync(target.folder.entry(target.name), { bigint: true, throwIfNoEntry: false });
      if (existing) this.#checkReplaceable(target, existing, options.existing ?? "replace");
      return putFile(target, bytes, existing);
    };
    return this.#at(path, put, "create");
  }

  async remove(path: string): Promise<void> {
    this.#at(path, ({ walk, folder, name }) => {
      const stat = lstatSync(folder.entry(name), { bigint: true });
      if (walk.forbidden(stat)) throw outside(path);
      if (stat.isDirectory()) rmdirSync(folder.entry(name));
      else unlinkSync(folder.entry(name));
    });
  }

  async list(path: string): Promise<readonly CapEntry[]> {
    const walk = this.#walk(path);
    return guarded(path, () =>
      inFolder(walk, this.#components(path), (folder) => {
        const entries = readdirSync(folder.entry("."), { withFileTypes: true });
        if (entries.length > capEntriesMax) {
          throw new FileCapError("too-large", `${JSON.stringify(path)} has more than ${capEntriesMax} entries`);
        }
        return entries
          .map((entry) => ({ name: entry.name, type: fileType(entry) }))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      }),
    );
  }

  async facts(path: string): Promise<CapFacts> {
    if (this.#components(path).length === 0) return this.#rootFacts(path);
    return this.#at(path, ({ walk, folder, name }) => {
      const stat = lstatSync(folder.entry(name), { bigint: true });
      if (walk.forbidden(stat)) throw outside(path);
      const facts = factsOf(stat);
      return facts.type === "symlink" ? { ...facts, target: readlinkSync(folder.entry(name)) } : facts;
    });
  }

  async mkdir(path: string): Promise<void> {
    const walk = { ...this.#walk(path), onMissing: createFolder };
    guarded(path, () => inFolder(walk, this.#components(path), () => undefined));
  }

  #rootFacts(path: string): CapFacts {
    return guarded(path, () =>
      inFolder(this.#walk(path), [], (folder) => factsOf(fstatSync(folder.descriptor, { bigint: true }))),
    );
  }

  #components(path: string): readonly string[] {
    return pathComponents([this.#ground.root, this.#ground.given], path);
  }

  #walk(path: string): Walk {
    const { root, inode, forbidden } = this.#ground;
    return { root, rootInode: inode, forbidden: forbidden.snapshot(), path };
  }

  /** Runs `work` with the parent folder of `path` held open. */
  #at<T>(path: string, work: (target: Target) => T, parents: "exist" | "create" = "exist"): T {
    return guarded(path, () => {
      const components = this.#components(path);
      const name = components.at(-1);
      if (name === undefined) throw new FileCapError("not-file", `${JSON.stringify(path)} is the workspace itself`);
      const plain = this.#walk(path);
      const walk = parents === "create" ? { ...plain, onMissing: createFolder } : plain;
      return inFolder(walk, components.slice(0, -1), (folder) => work({ walk, components, name, folder }));
    });
  }

  #checkFile(target: Target, descriptor: number, linked: "allow" | "refuse"): void {
    const stat = fstatSync(descriptor, { bigint: true });
    verifyPlace(target.walk, descriptor, target.components);
    if (target.walk.forbidden(stat)) throw outside(target.walk.path);
    if (!stat.isFile()) throw notFile(target);
    if (linked === "refuse" && stat.nlink > 1n) throw hardlink(target);
  }

  #checkReplaceable(target: Target, existing: BigIntStats, rule: "replace" | "refuse"): void {
    const shown = JSON.stringify(target.walk.path);
    if (target.walk.forbidden(existing)) throw outside(target.walk.path);
    if (rule === "refuse") throw new FileCapError("exists", `${shown} exists already`);
    if (existing.isSymbolicLink()) throw new FileCapError("symlink", `${shown} is a symbolic link; name the real file`);
    if (!existing.isFile()) throw notFile(target);
    if (existing.nlink > 1n) throw hardlink(target);
  }
}

function notFile(target: Target): FileCapError {
  return new FileCapError("not-file", `${JSON.stringify(target.walk.path)} is not a regular file`);
}

function hardlink(target: Target): FileCapError {
  const shown = JSON.stringify(target.walk.path);
  return new FileCapError("hardlink", `${shown} has a second name (hard link), which may lie outside; copy it first`);
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asFileCapError(error, path);
  }
}

function createFolder(folder: Place, name: string): void {
  try {
    mkdirSync(folder.entry(name), { mode: folderCreateMode });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

function readAll(descriptor: number, path: string, maxBytes: number): Buffer {
  const { size } = fstatSync(descriptor);
  const buffer = Buffer.alloc(Math.min(size, maxBytes) + 1);
  let length = 0;
  let chunk = -1;
  while (chunk !== 0 && length < buffer.length) {
    chunk = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += chunk;
  }
  if (length <= maxBytes && length < buffer.length) return buffer.subarray(0, length);
  throw new FileCapError("too-large", `${JSON.stringify(path)} is larger than ${maxBytes} bytes or still grows`);
}

/** A complete new file takes the name in one step, so nobody sees half of it and no link is written through. */
function putFile(target: Target, bytes: Uint8Array, existing: BigIntStats | undefined): CapFacts {
  const { folder, name } = target;
  const temporary = folder.entry(`.fased-${randomBytes(8).toString("hex")}.tmp`);
  const descriptor = openSync(temporary, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, fileCreateMode);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    if (existing) fchmodSync(descriptor, Number(existing.mode) & 0o777);
    fsyncSync(descriptor);
    if (existing) renameSync(temporary, folder.entry(name));
    else takeFreeName(temporary, folder.entry(name));
    return factsOf(fstatSync(descriptor, { bigint: true }));
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** rename(2) would replace what appeared meanwhile; link(2) refuses. */
function takeFreeName(temporary: string, entry: string): void {
  linkSync(temporary, entry);
  unlinkSync(temporary);
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It has its final name already, or its folder is gone.
  }
}

function factsOf(stat: BigIntStats): CapFacts {
  return {
    type: fileType(stat),
    sizeBytes: Number(stat.size),
    mode: Number(stat.mode) & 0o7777,
    device: String(stat.dev),
    inode: String(stat.ino),
    changedAtNs: String(stat.ctimeNs),
    modifiedAtMs: Number(stat.mtimeMs),
    links: Number(stat.nlink),
  };
}
