/** Facts about files for start-up, where nothing else runs yet. */
import { closeSync, constants, fstatSync, openSync, realpathSync } from "node:fs";
import { asFileError } from "./files.ts";

/** The path without symlinks. Throws FileError; what does not exist is `file.not_found`. */
export function realPathSync(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw asFileError(error, path);
  }
}

export type Ownership = {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, `0o600`. */
  readonly mode: number;
};

/** Who owns the file that `path` leads to, and who may change it. Throws FileError. Never blocks on a pipe. */
export function ownershipSync(path: string): Ownership {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { uid, gid, mode } = fstatSync(descriptor);
    return { uid, gid, mode: mode & 0o7777 };
  } catch (error) {
    throw asFileError(error, path);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The user this process acts as. Cheap, unlike `hostFacts`, which asks for names and zones too. */
export function currentUid(): number {
  return process.geteuid?.() ?? -1;
}
