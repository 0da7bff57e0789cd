/** One log file a day, in UTC: appended line by line, so that kill -9 loses nothing that was logged. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { asFileError, hasCode } from "./files.ts";
import { createPrivateFolder, privateFileMode } from "./private-files.ts";

const filesKeptMax = 14;
/** A day that logs more goes on without its file. */
const logFileBytesMax = 64 * 1024 * 1024;
const namePattern = /^fased-\d{4}-\d{2}-\d{2}\.log$/;

const logFileName = (now: number): string => `fased-${new Date(now).toISOString().slice(0, 10)}.log`;

export class LogFile {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #onProblem: (problem: string) => void;
  #open: { readonly name: string; readonly descriptor: number; bytes: number } | undefined;
  #problem = "";

  constructor(folder: string, clock: Clock, onProblem: (problem: string) => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#onProblem = onProblem;
  }

  /** Never throws: a full disk must not stop the Gateway. Each kind of failure is told once. */
  append(line: string): void {
    try {
      const file = this.#today();
      if (file.bytes + line.length > logFileBytesMax)
        this.#tell(`${file.name} reached its limit; the rest of the day is not logged`);
      else file.bytes += writeSync(file.descriptor, line);
    } catch (error) {
      this.#tell(asFileError(error, this.#folder).message);
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #today() {
    const name = logFileName(this.#clock.now());
    if (this.#open?.name === name) return this.#open;
    this.close();
    createPrivateFolder(this.#folder);
    const descriptor = openSync(join(this.#folder, name), "a", privateFileMode);
    this.#open = { name, descriptor, bytes: fstatSync(descriptor).size };
    removeOldFiles(this.#folder);
    return this.#open;
  }

  #tell(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#onProblem(problem);
  }
}

function logFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => namePattern.test(name))
    .sort();
}

function removeOldFiles(folder: string): void {
  for (const name of logFiles(folder).slice(0, -filesKeptMax)) rmSync(join(folder, name), { force: true });
}

export type LogRange = { readonly cursor: number | undefined; readonly limit: number; readonly maxBytes: number };

export type LogSlice = {
  /** Name of the newest file, never its path. */
  readonly file: string;
  /** Pass it as `cursor` to go on where this slice ends. */
  readonly cursor: number;
  readonly size: number;
  readonly lines: readonly string[];
  /** Lines between the asked cursor and the first line were left out. */
  readonly truncated: boolean;
  /** The cursor belonged to another file; this slice starts anew. */
  readonly reset: boolean;
};

/** Whole lines of the newest file from `cursor` on, at most `limit` lines and `maxBytes`; without a cursor its end. Throws FileError. */
export function readLog(folder: string, range: LogRange): LogSlice {
  const name = newestLog(folder);
  if (name === undefined) return { file: "none", cursor: 0, size: 0, lines: [], truncated: false, reset: false };
  const path = join(folder, name);
  try {
    const descriptor = openSync(path, "r");
    try {
      return sliceOf(name, descriptor, range);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw asFileError(error, path);
  }
}

function newestLog(folder: string): string | undefined {
  try {
    return logFiles(folder).at(-1);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw asFileError(error, folder);
  }
}

function sliceOf(name: string, descriptor: number, range: LogRange): LogSlice {
  const { size } = fstatSync(descriptor);
  const reset = range.cursor !== undefined && range.cursor > size;
  const asked = reset || range.cursor === undefined ? undefined : range.cursor;
  const from = Math.max(asked ?? 0, size - range.maxBytes);
  // One byte more tells whether `from` is the start of a line.
  const start = Math.max(from - 1, 0);
  const buffer = Buffer.alloc(size - start);
  const text = buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, start)).toString("utf8");
  const whole = text.slice(from === 0 ? 0 : text.indexOf("\n") + 1, text.lastIndexOf("\n") + 1);
  const lines = whole.split("\n").slice(0, -1);
  const unfinished = Buffer.byteLength(text.slice(text.lastIndexOf("\n") + 1));
  return {
    file: name,
    cursor: size - unfinished,
    size,
    lines: lines.slice(-range.limit),
    truncated: from > (asked ?? 0) || lines.length > range.limit,
    reset,
  };
}
