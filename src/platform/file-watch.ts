/** Tells when files change, however they are replaced: by their facts, looked at again and again. */
import { statSync } from "node:fs";

const lookEveryMs = 500;

/** What tells one content of a file from another: differs after each change, creation or removal. Never throws. */
export function fileStamp(path: string): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return "absent";
    const { dev, ino, size, mtimeNs, ctimeNs } = stat;
    return [dev, ino, size, mtimeNs, ctimeNs].join(":");
  } catch (error) {
    return String(error);
  }
}

/**
 * Calls `changed` when a file is no longer as `stamps` says, once for each new state, until the result is called. The
 * stamps are those of the moment before the files were read, so that no change falls between reading and watching.
 */
export function watchForChanges(stamps: () => ReadonlyMap<string, string>, changed: () => void): () => void {
  let told = "";
  const look = () => {
    const differing = [...stamps()].flatMap(([path, known]) => {
      const now = fileStamp(path);
      return now === known ? [] : [`${path} ${now}`];
    });
    const state = differing.join("\n");
    if (state !== "" && state !== told) changed();
    told = state;
  };
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
