/** Which of a few names stand in a workspace's root, found out by one look instead of one for each. */
import type { FileCap } from "../../platform/file-cap.ts";
import { FileCapError } from "../../platform/file-cap-error.ts";

/**
 * The names that may be there; the others are not. A path through a folder may always be, and so may every name where the
 * root holds too much to be listed. Throws FileCapError where the root cannot be read.
 */
export async function namesInRoot(files: FileCap, names: readonly string[]): Promise<readonly string[]> {
  try {
    const listed = new Set((await files.list(".")).map(({ name }) => name));
    return names.filter((name) => name.includes("/") || listed.has(name));
  } catch (error) {
    if (error instanceof FileCapError && error.code === "too-large") return names;
    throw error;
  }
}
