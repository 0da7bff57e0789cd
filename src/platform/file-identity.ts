/** Which very file stands at a path: what an approval of a program is bound to. */
import { createHash } from "node:crypto";
import { type BigIntStats, createReadStream, realpathSync, statSync } from "node:fs";

export type FileIdentity = {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly sizeBytes: number;
  readonly changedAtNs: string;
  readonly sha256: string;
};

const hashes = new Map<string, string>();
const hashesMax = 1_000;

/** Follows links. The hash is computed once for each (device, inode, size, change time). Undefined where no file is. */
export async function fileIdentity(path: string): Promise<FileIdentity | undefined> {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  return { path: realpathSync(path), ...versionOf(stat), sha256: await hashOf(path, stat) };
}

/** Device and inode of a folder; undefined where no folder is. Follows links. */
export function folderIdentity(path: string): { readonly device: string; readonly inode: string } | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isDirectory() ? { device: String(stat.dev), inode: String(stat.ino) } : undefined;
}

function versionOf(stat: BigIntStats): Omit<FileIdentity, "path" | "sha256"> {
  return {
    device: String(stat.dev),
    inode: String(stat.ino),
    sizeBytes: Number(stat.size),
    changedAtNs: String(stat.ctimeNs),
  };
}

async function hashOf(path: string, stat: BigIntStats): Promise<string> {
  const key = JSON.stringify(versionOf(stat));
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const value = hash.digest("hex");
  if (hashes.size >= hashesMax) hashes.clear();
  hashes.set(key, value);
  return value;
}
