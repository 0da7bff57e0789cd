/** What a command may do to the world: know the paths, print, and set the exit code. */
import type { StatePaths } from "../platform/state-paths.ts";

export type CliContext = {
  readonly paths: StatePaths;
  /** One line, or several; the line end is added. */
  print(text: string): void;
  /** The exit code of the program when the command has ended; 0 unless told otherwise. */
  exitWith(code: number): void;
};
