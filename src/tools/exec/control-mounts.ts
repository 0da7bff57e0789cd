/**
 * Which parts of the workspace are mounts of their own in the sandbox: control files read-only, the folders above them
 * as mount points, because a mount point cannot be renamed and so nobody goes around it.
 */
import type { FileCap } from "../../platform/file-cap.ts";
import { FileCapError } from "../../platform/file-cap-error.ts";
import type { FileType } from "../../platform/files.ts";
import type { Tree } from "../../platform/tree-scan.ts";
import { controlFolders, injectedFiles } from "../files/control-files.ts";
import { namesInRoot } from "../files/root-names.ts";

export type Mount = { readonly path: string; readonly access: "ro" | "rw" };

/** Repositories in one workspace whose hooks and config are mounted read-only; others are looked at after the run. */
const protectedRepositoriesMax = 100;

/** Creates the control files and folders that are absent, empty, so that there is something to mount over. */
export async function createControlFiles(files: FileCap): Promise<void> {
  const present = new Set(await namesInRoot(files, [...injectedFiles, ...controlFolders]));
  for (const name of injectedFiles) {
    if (!present.has(name)) await whenAbsent(() => files.write(name, "", { existing: "refuse" }));
  }
  for (const name of controlFolders) if (!present.has(name)) await whenAbsent(() => files.mkdir(name));
}

/**
 * In the order in which they must be mounted. A repository is left out where its own `.git` or a folder above it is not
 * a plain folder, or where a running command could exchange it meanwhile (`trusted` tells).
 */
export function controlMounts(tree: Tree, trusted: (path: string) => boolean): readonly Mount[] {
  const is = (path: string, type: FileType) => tree.entries.get(path)?.type === type;
  const own = [
    ...injectedFiles.filter((name) => is(name, "file")),
    ...controlFolders.filter((name) => is(name, "folder")),
  ].map((path): Mount => ({ path, access: "ro" }));
  const repositories = gitFolders(tree).filter((path) => is(path, "folder") && trusted(path));
  const mounts = new Map(
    [...own, ...repositories.flatMap((path) => gitMounts(tree, path))].map((mount) => [mount.path, mount]),
  );
  return [...mounts.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The control files of one repository, and every folder above them. */
function gitMounts(tree: Tree, folder: string): Mount[] {
  const present = ["hooks", "config", "config.worktree"]
    .map((name) => `${folder}/${name}`)
    .filter((path) => ["file", "folder"].includes(tree.entries.get(path)?.type ?? "absent"));
  if (present.length === 0) return [];
  return [
    ...ancestors(folder).map((path): Mount => ({ path, access: "rw" })),
    ...present.map((path): Mount => ({ path, access: "ro" })),
  ];
}

/** `a/b/.git` → `a`, `a/b`, `a/b/.git`. */
function ancestors(path: string): string[] {
  const components = path.split("/");
  return components.map((_, index) => components.slice(0, index + 1).join("/"));
}

function gitFolders(tree: Tree): string[] {
  const underControl = new Set<string>(controlFolders);
  return [...tree.entries.keys()]
    .filter((path) => path === ".git" || path.endsWith("/.git"))
    .filter((path) => !underControl.has(path.split("/")[0] ?? ""))
    .slice(0, protectedRepositoriesMax);
}

async function whenAbsent(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    // It exists already, or something else has its name: then there is nothing to protect, or the scan shows it.
    if (!(error instanceof FileCapError && ["exists", "symlink", "not-file", "outside"].includes(error.code)))
      throw error;
  }
}
