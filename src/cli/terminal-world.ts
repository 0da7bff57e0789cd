/** The world of a command that runs in a terminal or a pipe. */
import { systemClock } from "../platform/clock.ts";
import { environment } from "../platform/host.ts";
import { type Interrupts, watchInterrupts } from "../platform/interrupts.ts";
import type { CliWorld } from "./context.ts";
import { createTerminalPrompts } from "./prompts.ts";

/** More than any message or secret. */
const stdinCharsMax = 4 * 1024 * 1024;

export function terminalWorld(): CliWorld {
  let interrupts: Interrupts | undefined;
  const { stdin, stdout, stderr } = process;
  return {
    environment: environment(),
    stdout,
    stderr,
    readStdin,
    clock: systemClock,
    prompts: stdin.isTTY && stdout.isTTY ? createTerminalPrompts : undefined,
    interrupts: () => {
      interrupts ??= watchInterrupts();
      return interrupts;
    },
  };
}

async function readStdin(): Promise<string> {
  const { stdin } = process;
  stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of stdin) {
    text += chunk;
    if (text.length > stdinCharsMax) throw new Error(`standard input holds more than ${stdinCharsMax} characters`);
  }
  return text;
}
