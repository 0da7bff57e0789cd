/** Tells when a file changes, however it is replaced: by its facts, looked at again and again. */
import { unwatchFile, watchFile } from "node:fs";

const lookEveryMs = 500;

/** Calls `changed` after each change, creation or removal of the file, until the result is called. */
export function watchForChanges(path: string, changed: () => void): () => void {
  const listener = (now: { mtimeMs: number; ino: number }, before: { mtimeMs: number; ino: number }): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) changed();
  };
  watchFile(path, { interval: lookEveryMs, persistent: false }, listener);
  return () => unwatchFile(path, listener);
}
