/** A workspace at one moment, and what differs between two. Pure. */
import type { Tree, TreeEntry } from "../../platform/tree-scan.ts";

export type FileChange = {
  readonly path: string;
  readonly kind: "created" | "changed" | "deleted";
  /** SHA-256 before and after; undefined where the file was absent, larger than the limit, or no regular file. */
  readonly before: string | undefined;
  readonly after: string | undefined;
};

/** A workspace before a command. */
export type Snapshot = {
  readonly tree: Tree;
  readonly hashes: ReadonlyMap<string, string>;
  /** Files whose content is not kept: too large, or beyond the total. */
  readonly unsaved: number;
};

/** In `before` and `after`: what stood there was not kept. */
export const notKept = "-";

/** What differs between two snapshots, by path; folders are not told. */
export function differences(before: Snapshot, after: Snapshot): FileChange[] {
  return [...written(before, after), ...deleted(before, after)];
}

function written(before: Snapshot, after: Snapshot): FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, entry] of after.tree.entries) {
    const old = before.tree.entries.get(path);
    if (entry.type === "folder" || sameEntry(old, entry)) continue;
    const change: FileChange = {
      path,
      kind: isFileLike(old) ? "changed" : "created",
      before: hashIn(before, path),
      after: hashIn(after, path),
    };
    if (change.before !== change.after || change.after === notKept) changes.push(change);
  }
  return changes;
}

function deleted(before: Snapshot, after: Snapshot): FileChange[] {
  return [...before.tree.entries]
    .filter(([path, entry]) => isFileLike(entry) && !isFileLike(after.tree.entries.get(path)))
    .map(([path]) => ({ path, kind: "deleted", before: hashIn(before, path), after: undefined }));
}

/** Paths that stand there anew, folders and links among them: each is a name that somebody chose. */
export function madePaths(before: Snapshot, after: Snapshot): string[] {
  return [...after.tree.entries]
    .filter(([path, entry]) => {
      const old = before.tree.entries.get(path);
      return old === undefined || (entry.type === "symlink" && !sameEntry(old, entry));
    })
    .map(([path]) => path);
}

/**
 * Paths whose times or mode alone are others: a date or a bit that somebody chose is content, too. A folder whose names
 * changed is told by those.
 */
export function touchedPaths(before: Snapshot, after: Snapshot): string[] {
  const renamed = foldersOf(before, after);
  return [...after.tree.entries]
    .filter(([path, entry]) => {
      const old = before.tree.entries.get(path);
      if (old === undefined || sameEntry(old, entry) || old.type !== entry.type) return false;
      return entry.type === "folder" ? !renamed.has(path) : before.hashes.get(path) === after.hashes.get(path);
    })
    .map(([path]) => path);
}

/** Folders in which names came or went. */
function foldersOf(before: Snapshot, after: Snapshot): ReadonlySet<string> {
  const paths = [
    ...[...after.tree.entries.keys()].filter((path) => !before.tree.entries.has(path)),
    ...[...before.tree.entries.keys()].filter((path) => !after.tree.entries.has(path)),
  ];
  return new Set(paths.map((path) => path.slice(0, Math.max(path.lastIndexOf("/"), 0))));
}

function isFileLike(entry: TreeEntry | undefined): boolean {
  return entry !== undefined && entry.type !== "folder";
}

function sameEntry(old: TreeEntry | undefined, entry: TreeEntry): boolean {
  return old?.inode === entry.inode && old.changedAtNs === entry.changedAtNs;
}

/** Undefined where no file stands, `notKept` where its content is not known. */
function hashIn(snapshot: Snapshot, path: string): string | undefined {
  return isFileLike(snapshot.tree.entries.get(path)) ? (snapshot.hashes.get(path) ?? notKept) : undefined;
}
