import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { median } from "./statistics.ts";

const rounds = 200;
const pageBytes = 4096;

/** Appends a page and waits for the disk, many times. Milliseconds. */
export function fsyncP50Ms(folder: string): number {
  const path = join(folder, "fsync-probe");
  const file = openSync(path, "w");
  const page = Buffer.alloc(pageBytes, 1);
  const times = Array.from({ length: rounds }, () => {
    const started = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - started;
  });
  closeSync(file);
  rmSync(path);
  return median(times);
}

/** From statfs(2). */
const kinds: Readonly<Record<number, string>> = {
  61267: "ext4",
  1481003842: "xfs",
  2435016766: "btrfs",
  16914836: "tmpfs",
  2035054128: "overlayfs",
  801189825: "zfs",
};

/** Name of the file system. Throws on memory: nothing would ever wait for a disk. */
export function diskKind(folder: string): string {
  const { type } = statfsSync(folder);
  const kind = kinds[type] ?? `file system 0x${type.toString(16)}`;
  if (kind === "tmpfs") throw new Error(`${folder} is in memory (tmpfs): put the checkout on a disk`);
  return kind;
}
