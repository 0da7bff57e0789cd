/** What stands in a folder tree, by `lstat` alone: cheap enough to compare before and after every command. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type FileType, fileType, hasCode } from "./files.ts";

export type TreeEntry = {
  readonly type: FileType;
  readonly inode: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly changedAtNs: string;
};

export type Tree = {
  /** Path relative to the root, with `/`, → what stands there; folders before what they hold. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** False when the limit was reached: what is not listed is unknown. */
  readonly complete: boolean;
};

export type ScanLimits = { readonly entriesMax: number; readonly depthMax: number };

/** Folders read before other work gets its turn. */
const foldersPerTick = 64;

/**
 * Lists the tree under `root` without following any link. What vanishes meanwhile is left out; what cannot be read makes
 * the result incomplete. Metadata only: open what is found through a FileCap.
 */
export async function scanTree(root: string, limits: ScanLimits): Promise<Tree> {
  const scan = { root, limits, entries: new Map<string, TreeEntry>(), complete: true };
  const pending: { path: string; depth: number }[] = [{ path: "", depth: 0 }];
  let read = 0;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const path of listInto(scan, folder.path)) {
      if (folder.depth + 1 < limits.depthMax) pending.push({ path, depth: folder.depth + 1 });
      else scan.complete = false;
    }
    read += 1;
    if (read % foldersPerTick === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { entries: scan.entries, complete: scan.complete };
}

type Scan = {
  readonly root: string;
  readonly limits: ScanLimits;
  readonly entries: Map<string, TreeEntry>;
  complete: boolean;
};

/** Adds the entries of one folder and returns the folders among them. */
function listInto(scan: Scan, folder: string): string[] {
  const folders: string[] = [];
  for (const name of namesIn(scan, folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (scan.entries.size >= scan.limits.entriesMax) {
      scan.complete = false;
      return folders;
    }
    const stat = lstatSync(join(scan.root, path), { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) continue;
    scan.entries.set(path, {
      type: fileType(stat),
      inode: String(stat.ino),
      sizeBytes: Number(stat.size),
      mode: Number(stat.mode) & 0o7777,
      changedAtNs: String(stat.ctimeNs),
    });
    if (stat.isDirectory()) folders.push(path);
  }
  return folders;
}

function namesIn(scan: Scan, folder: string): string[] {
  try {
    return readdirSync(join(scan.root, folder)).sort();
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTDIR")) scan.complete = false;
    return [];
  }
}
