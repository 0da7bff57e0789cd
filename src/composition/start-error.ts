import { asFileError, FileError } from "../platform/files.ts";

/** Why the Gateway does not start, with what to do. Service managers do not restart on its exit code 78 (EX_CONFIG). */
export class StartError extends Error {
  /** Stable, `area.condition`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What SQLite says about a disk, by its primary result code. */
const sqliteDiskCodes: ReadonlyMap<number, string> = new Map([
  [8, "EROFS"],
  [13, "ENOSPC"],
  [14, "EACCES"],
]);

/** A disk that cannot hold the state, as a StartError that says what to do; every other error as it is. */
export function asStartError(error: unknown, stateDirectory: string): unknown {
  const told = error instanceof FileError ? error : asFileError(diskError(error), stateDirectory);
  return told.code === "file.failed"
    ? error
    : new StartError(told.code, `The Gateway cannot keep its state: ${told.message}`);
}

function diskError(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error)) return error;
  const code = sqliteDiskCodes.get(Number(error.errcode) % 256);
  return code === undefined ? error : Object.assign(new Error(error.message), { code });
}
