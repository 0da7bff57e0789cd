/** What every command gets: where things are, how to print, and what the world looks like. */
import { type ConfigFlags, type ConfigPaths, configPaths, type LoadedConfig, loadConfig } from "../config/load.ts";
import type { Clock } from "../platform/clock.ts";
import type { Environment } from "../platform/host.ts";
import type { Interrupts } from "../platform/interrupts.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { createPrinter, type Output, type Printer } from "./printer.ts";
import type { Prompts } from "./prompts.ts";

/** The world around the process; tests bring their own. */
export type CliWorld = {
  readonly environment: Environment;
  readonly stdout: Output;
  readonly stderr: Output;
  /** All of standard input, as text. */
  readStdin(): Promise<string>;
  readonly clock: Clock;
  /** Questions to a person; undefined where nobody sits at a terminal. */
  readonly prompts: (() => Promise<Prompts>) | undefined;
  /** From the first call on, Ctrl-C and SIGTERM end nothing by themselves. */
  interrupts(): Interrupts;
};

export type GlobalFlags = {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly profile?: string;
  readonly dev?: boolean;
};

export type CliContext = CliWorld & {
  readonly print: Printer;
  readonly flags: ConfigFlags;
  /** The exit code of a command that does its work and still has bad news, such as `validate`. */
  readonly outcome: { code: ExitCode };
  /** Throws ConfigLocationError on flags that contradict each other. */
  paths(): ConfigPaths;
  /** Reads the config anew. */
  load(): LoadedConfig;
};

export function createContext(world: CliWorld, global: GlobalFlags): CliContext {
  const { environment, stdout, stderr } = world;
  const flags: ConfigFlags = {
    ...(global.profile === undefined ? {} : { profile: global.profile }),
    ...(global.dev === undefined ? {} : { dev: global.dev }),
  };
  return {
    ...world,
    flags,
    outcome: { code: exitCodes.ok },
    print: createPrinter({
      stdout,
      stderr,
      environment,
      form: global.json ? "json" : "text",
      color: global.color === false ? "never" : "auto",
    }),
    paths: () => configPaths({ environment, flags }),
    load: () => loadConfig({ environment, flags }),
  };
}
