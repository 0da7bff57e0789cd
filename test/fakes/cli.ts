/** Runs the command line in memory: the words as in a shell, a world of one's own, what was printed, and the exit code. */
import { type CliWorld, createContext } from "../../src/cli/context.ts";
import { type CommandEntry, runProgram } from "../../src/cli/program.ts";
import type { Prompts } from "../../src/cli/prompts.ts";
import { type Clock, systemClock } from "../../src/platform/clock.ts";
import type { Interrupts } from "../../src/platform/interrupts.ts";

export type CliRun = {
  readonly state: string;
  readonly commands: readonly CommandEntry[];
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Answers questions, as a person at a terminal; then the output counts as a terminal, too. */
  readonly prompts?: Prompts;
  readonly interrupts?: Interrupts;
  /** Sees standard output as it is written. */
  onOutput?(text: string): void;
};

export type CliOutcome = { readonly code: number; readonly out: string; readonly err: string };

export async function runCli(words: readonly string[], run: CliRun): Promise<CliOutcome> {
  const printed = { out: [] as string[], err: [] as string[] };
  const { prompts } = run;
  const stdout = {
    isTTY: prompts !== undefined,
    write: (text: string) => {
      printed.out.push(text);
      run.onOutput?.(text);
    },
  };
  const stderr = { write: (text: string) => printed.err.push(text) };
  const world: CliWorld = {
    environment: { HOME: "/nowhere", FASED_STATE_DIR: run.state, NO_COLOR: "1", ...run.environment },
    stdout,
    stderr,
    readStdin: async () => run.stdin ?? "",
    clock: run.clock ?? systemClock,
    prompts: prompts && (async () => prompts),
    interrupts: () => run.interrupts ?? never,
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

const never: Interrupts = { first: new AbortController().signal, second: new AbortController().signal };

/** Splits like a shell that knows double quotes only. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}
