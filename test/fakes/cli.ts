/** Runs the command line in memory: the words as in a shell, a world of one's own, what was printed, and the exit code. */
import { createContext } from "../../src/cli/context.ts";
import { type CommandEntry, runProgram } from "../../src/cli/program.ts";
import { systemClock } from "../../src/platform/clock.ts";

export type CliRun = {
  readonly state: string;
  readonly commands: readonly CommandEntry[];
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
};

export type CliOutcome = { readonly code: number; readonly out: string; readonly err: string };

export async function runCli(words: readonly string[], run: CliRun): Promise<CliOutcome> {
  const printed = { out: [] as string[], err: [] as string[] };
  const stdout = { write: (text: string) => printed.out.push(text) };
  const stderr = { write: (text: string) => printed.err.push(text) };
  const world = {
    environment: { HOME: "/nowhere", FASED_STATE_DIR: run.state, ...run.environment },
    stdout,
    stderr,
    readStdin: async () => run.stdin ?? "",
    clock: systemClock,
  };
  const code = await runProgram(words, {
    version: "1.2.3",
    commands: run.commands,
    stdout,
    stderr,
    createContext: (flags) => createContext(world, flags),
  });
  return { code, out: printed.out.join(""), err: printed.err.join("") };
}

/** Splits like a shell that knows double quotes only. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}
