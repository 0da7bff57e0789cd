/** Secrets come from a hidden question, from standard input or from a variable; never from the words of a command. */
import { Secret } from "../platform/secret.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";

export type SecretSource = {
  /** What it is, for questions and messages: `API key of openai`. */
  readonly name: string;
  readonly stdin: boolean;
  readonly variable: string | undefined;
  /** The options that name a source, for the message when there is none. */
  readonly options: string;
};

/** Throws CliError when the source holds nothing. */
export async function readSecret(context: CliContext, source: SecretSource): Promise<Secret> {
  if (source.stdin) return given(source, await context.readStdin(), "standard input is empty");
  const { variable, name } = source;
  if (variable !== undefined) return given(source, context.environment[variable] ?? "", `${variable} is not set`);
  if (!context.prompts) throw missing(source, `the ${name} is missing, and there is nobody to ask`);
  const secret = await (await context.prompts()).secret(`${name} (not shown)`);
  return given(source, secret.reveal(), `the ${name} is empty`);
}

function given(source: SecretSource, text: string, otherwise: string): Secret {
  const value = text.trim();
  if (value === "") throw missing(source, otherwise);
  return new Secret(value);
}

function missing({ options }: SecretSource, message: string): CliError {
  return new CliError("cli.secret_missing", message, { fix: `use ${options}`, exitCode: exitCodes.usage });
}
