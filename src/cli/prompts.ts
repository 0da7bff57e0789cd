/** Questions to the person at the terminal. A port, so that tests answer by themselves. */
import { Secret } from "../platform/secret.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit.ts";

export type Choice<Value extends string> = { readonly value: Value; readonly label: string; readonly hint?: string };

/** Each question ends with CliError `cli.cancelled` when the person gives up. */
export interface Prompts {
  say(text: string): void;
  confirm(question: { readonly message: string; readonly suggested: "yes" | "no" }): Promise<boolean>;
  text(question: {
    readonly message: string;
    readonly suggested?: string;
    /** What is wrong with an answer. */
    check?(answer: string): string | undefined;
  }): Promise<string>;
  /** Not shown while it is typed. */
  secret(message: string): Promise<Secret>;
  choose<Value extends string>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
}

export function cancelled(): CliError {
  return new CliError("cli.cancelled", "cancelled; nothing more was changed", { exitCode: exitCodes.interrupted });
}

export async function createTerminalPrompts(): Promise<Prompts> {
  const clack = await import("@clack/prompts");
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (typeof answer === "symbol") throw cancelled();
    return answer as Exclude<T, symbol>;
  };
  return {
    say: (text) => clack.log.message(text),
    confirm: async ({ message, suggested }) =>
      answered(await clack.confirm({ message, initialValue: suggested === "yes" })),
    text: async ({ message, suggested, check }) =>
      answered(
        await clack.text({
          message,
          ...(suggested === undefined ? {} : { initialValue: suggested }),
          validate: (answer) => check?.(answer ?? ""),
        }),
      ),
    secret: async (message) => new Secret(answered(await clack.password({ message }))),
    choose: async (message, choices) => {
      const values = choices.map(({ value }) => value as string);
      const options = choices.map(({ value, label, hint }) => ({
        value: value as string,
        label,
        ...(hint === undefined ? {} : { hint }),
      }));
      const chosen = answered(await clack.select({ message, options }));
      const found = choices[values.indexOf(chosen)];
      if (!found) throw cancelled();
      return found.value;
    },
  };
}
