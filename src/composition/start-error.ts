import { isDamaged, sqliteCode } from "../platform/database.ts";
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

/**
 * What SQLite says about a disk, by its primary result code. A file that it may only read is one of this user's rights: a
 * read-only disk refuses the lock before.
 */
const sqliteDiskCodes: ReadonlyMap<number, string> = new Map([
  [8, "EACCES"],
  [13, "ENOSPC"],
  [14, "EACCES"],
]);

/** A disk that cannot hold the state, or does not hold it any more, as a StartError; every other error as it is. */
export function asStartError(error: unknown, stateDirectory: string): unknown {
  if (isDamaged(error))
    return new StartError("state.damaged", `A database in ${stateDirectory} is damaged: ${(error as Error).message}`);
  const told = error instanceof FileError ? error : asFileError(diskError(error), pathOf(error) ?? stateDirectory);
  return told.code === "file.failed"
    ? error
    : new StartError(told.code, `The Gateway cannot keep its state: ${told.message}`);
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : undefined;
}

/** SQLITE_IOERR_SHMSIZE, an extended code: the disk does not hold the log's shared memory. */
const noRoomForLog = 4874;

function diskError(error: unknown): unknown {
  const noRoom = error instanceof Error && "errcode" in error && error.errcode === noRoomForLog;
  const code = noRoom ? "ENOSPC" : sqliteDiskCodes.get(sqliteCode(error) ?? 0);
  return code === undefined ? error : Object.assign(new Error(String(error)), { code });
}
