/** The command line: parses the words, loads the one command they name, and turns every failure into an exit code. */
import { Command, CommanderError } from "commander";
import { asCliError, CliError } from "./cli-error.ts";
import type { CliContext, GlobalFlags } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import type { Output } from "./printer.ts";

/** Registers the command, its options, examples and action. `context()` may be called in the action, not before. */
export type RegisterCommand = (program: Command, context: () => CliContext) => void;

export type CommandEntry = {
  readonly name: string;
  readonly summary: string;
  /** Imports the command's file; only the command that is run, or asked for help, is loaded. */
  load(): Promise<RegisterCommand>;
};

export type ProgramOptions = {
  readonly version: string;
  readonly commands: readonly CommandEntry[];
  readonly stdout: Output;
  readonly stderr: Output;
  /** Called once, when the flags are known. */
  createContext(flags: GlobalFlags): CliContext;
};

/** Runs `words` (without the program's name) and tells the exit code. Never throws. */
export async function runProgram(words: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  const { program, context } = buildProgram(words, options);
  try {
    const wanted = wantedCommand(words, options.commands);
    if (wanted) (await wanted.load())(program, context);
    for (const { name, summary } of options.commands) {
      if (name !== wanted?.name) program.command(name).description(summary).allowUnknownOption();
    }
    await program.parseAsync([...words], { from: "user" });
    return context().outcome.code;
  } catch (error) {
    return reported(error, { words, context });
  }
}

function buildProgram(words: readonly string[], { version, stdout, stderr, createContext }: ProgramOptions) {
  const program = new Command("fased")
    .description("A self-hosted Gateway between chat channels and AI agents that hold real tools.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .option("--profile <name>", "use the state directory ~/.fased-<name>")
    .option("--dev", "use the state directory ~/.fased-dev")
    .option("--json", "print one JSON document")
    .option("--no-color", "print without colours")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => undefined,
    });
  let made: CliContext | undefined;
  const context = (): CliContext => {
    // A word that makes no sense ends the parsing before it has seen `--json`.
    made ??= createContext({ ...program.opts<GlobalFlags>(), json: words.includes("--json") });
    return made;
  };
  return { program, context };
}

const valueFlags: ReadonlySet<string> = new Set(["--profile"]);

/** The first word that is no flag, or the one after `help`. */
function wantedCommand(words: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const names = words.filter((word, index) => !word.startsWith("-") && !valueFlags.has(words[index - 1] ?? ""));
  const name = names[0] === "help" ? names[1] : names[0];
  return commands.find((command) => command.name === name);
}

type Failed = { readonly words: readonly string[]; readonly context: () => CliContext };

function reported(error: unknown, { words, context }: Failed): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
  const failure = error instanceof CommanderError ? usageError(error, words) : asCliError(error);
  context().print.failure(failure);
  return failure.exitCode;
}

function usageError(error: CommanderError, words: readonly string[]): CliError {
  if (error.code === "commander.help") {
    const fix = "see the commands with --help";
    return new CliError("cli.usage", "a command is missing", { fix, exitCode: exitCodes.usage });
  }
  const [message = "", hint] = error.message.replace(/^error: /, "").split("\n");
  const [first] = words.filter((word) => !word.startsWith("-"));
  // A command that there is not has no help.
  const command = first === undefined || message.endsWith(`'${first}'`) ? [] : [first];
  const fix = hint?.replace(/^\(|\)$/g, "") ?? `see \`${["fased", ...command, "--help"].join(" ")}\``;
  return new CliError("cli.usage", message, { fix, exitCode: exitCodes.usage });
}
