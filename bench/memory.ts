/** Memory of processes as Linux counts it: shared pages are divided among those who share them (PSS). */
import { readdirSync, readFileSync } from "node:fs";

const mib = 1024;

/** PSS of a process and all its descendants, in MiB. */
export function treePssMiB(root: number): number {
  return treeOf(root).reduce((sum, pid) => sum + (kilobytesOf(`/proc/${pid}/smaps_rollup`, "Pss") ?? 0), 0) / mib;
}

/** The largest resident set so far in MiB; undefined once the process is gone. */
export function peakRssMiB(pid: number): number | undefined {
  const peak = kilobytesOf(`/proc/${pid}/status`, "VmHWM");
  return peak === undefined ? undefined : peak / mib;
}

function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // pid (name) state ppid …; the name may hold spaces and brackets.
    const parent = textOf(`/proc/${name}/stat`)?.split(") ").at(-1)?.split(" ")[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

function kilobytesOf(path: string, field: string): number | undefined {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(textOf(path) ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

/** A process may end at any time. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
