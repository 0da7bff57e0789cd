/** A failure as a person at a terminal should read it: what, and what to do. */
import { type ExitCode, exitCodes } from "./exit.ts";

export class CliError extends Error {
  /** Stable, for scripts: `config.not_set`. */
  readonly code: string;
  readonly fix: string | undefined;
  readonly exitCode: ExitCode;

  constructor(
    code: string,
    message: string,
    { fix, exitCode = exitCodes.failed }: { readonly fix?: string; readonly exitCode?: ExitCode } = {},
  ) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** Any failure as a CliError; errors of the lower parts bring their own code and fix. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const fix = textOf(error, "fix");
  return new CliError(textOf(error, "code") ?? "cli.failed", message, fix === undefined ? {} : { fix });
}

function textOf(error: unknown, name: "code" | "fix"): string | undefined {
  const value = typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === "string" ? value : undefined;
}
