/** Files and folders that only their owner may read: created 0600 and 0700, never fixed up afterwards. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

export const privateFolderMode = 0o700;
export const privateFileMode = 0o600;

/** Creates the folder and its parents, 0700; an existing folder is left as it is. */
export function createPrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: privateFolderMode });
}

/** Creates an empty file, 0600, in a private folder; an existing file is left as it is. */
export function createPrivateFile(path: string): void {
  createPrivateFolder(dirname(path));
  closeSync(openSync(path, "a", privateFileMode));
}
