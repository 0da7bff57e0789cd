import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit.ts";

/** The words of the command make no sense: what is wrong, and how to write it. */
export function usage(message: string, fix: string): CliError {
  return new CliError("cli.usage", message, { fix, exitCode: exitCodes.usage });
}
