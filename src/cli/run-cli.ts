/** The command line with its surroundings: what `main.ts` calls, and what tests call with a world of their own. */
import { productVersion } from "../platform/version.ts";
import { type CommandPorts, commandTable } from "./commands.ts";
import { type CliWorld, createContext } from "./context.ts";
import type { ExitCode } from "./exit.ts";
import { runProgram } from "./program.ts";

/** Runs one command and tells its exit code. Never throws. */
export function runCli(words: readonly string[], world: CliWorld, ports: CommandPorts): Promise<ExitCode> {
  return runProgram(words, {
    version: productVersion,
    commands: commandTable(ports),
    stdout: world.stdout,
    stderr: world.stderr,
    createContext: (flags) => createContext(world, flags),
  });
}
