/** The Gateway in the foreground, as `fased start` and `fased gateway run` run it. */
import type { ConfigFlags } from "../config/load.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { Environment } from "../platform/host.ts";
import { aborted } from "../platform/interrupts.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";

export type SandboxView =
  | { readonly state: "proven" }
  | { readonly state: "unproven"; readonly code: string; readonly reason: string; readonly fix: string };

export type RunningGateway = {
  readonly mode: "normal" | "recovery";
  readonly firstRun: boolean;
  /** Where the Control UI is. */
  readonly url: string;
  /** A link that logs one browser in, good once and for a minute. */
  loginLink(): string;
  readonly sandbox: SandboxView;
  readonly problems: readonly ConfigProblem[];
  close(reason: string): Promise<void>;
};

export type StartGateway = (options: {
  readonly environment: Environment;
  readonly flags: ConfigFlags;
  /** Readable log lines. */
  readonly console?: (line: string) => void;
}) => Promise<RunningGateway>;

export type RunPorts = {
  readonly startGateway: StartGateway;
  /** Ends the process at once, for whoever does not want to wait for running turns. */
  readonly exitNow: (code: number) => void;
};

export type RunFlags = { readonly port?: number; readonly verbose?: true };

/** Starts, tells `announce`, runs until the first signal, then lets running turns finish; the second signal ends it at once. */
export async function runGateway(
  context: CliContext,
  ports: RunPorts,
  options: { readonly run: RunFlags; announce(gateway: RunningGateway): void },
): Promise<void> {
  const { port, verbose } = options.run;
  const { first, second } = context.interrupts();
  const gateway = await started(context, ports, {
    environment: context.environment,
    flags: { ...context.flags, ...(port === undefined ? {} : { port }) },
    ...(verbose ? { console: (line: string) => void context.stderr.write(`${line}\n`) } : {}),
  });
  options.announce(gateway);
  await aborted(first);
  context.print.note("Stopping; running turns may finish. Ctrl-C again stops at once.");
  void aborted(second).then(() => ports.exitNow(exitCodes.interrupted));
  await gateway.close("signal");
}

/** Whatever keeps the Gateway from starting is exit 78: units do not try again. */
async function started(
  context: CliContext,
  { startGateway }: RunPorts,
  options: Parameters<StartGateway>[0],
): Promise<RunningGateway> {
  const slow = setTimeout(() => context.print.note("Starting …"), 1_000);
  try {
    return await startGateway(options);
  } catch (error) {
    throw cannotStart(error, options);
  } finally {
    clearTimeout(slow);
  }
}

const fixes: Readonly<Record<string, string>> = {
  "gateway.port_in_use": "stop what listens there, or choose another port: fased start --port PORT",
  "lock.held": "one Gateway runs on a state directory: see `fased status`",
  "file.no_space": "free some space on that disk",
  "file.read_only": "make that place writable, or set FASED_STATE_DIR to another one",
  "file.no_permission": "make it yours, or set FASED_STATE_DIR to another place",
  "file.not_folder": "move that file away, or set FASED_STATE_DIR to another place",
  "state.damaged":
    "copy that folder before anything else, then restore its *.db files from a backup; gateway.lock can be deleted",
  "file.not_found": "make that folder, or set FASED_STATE_DIR to another place",
};

function cannotStart(error: unknown, { flags }: Parameters<StartGateway>[0]): CliError {
  const failure = error as { readonly code?: unknown; readonly message?: unknown; readonly fix?: unknown };
  const code = typeof failure.code === "string" ? failure.code : "gateway.cannot_start";
  const fix = typeof failure.fix === "string" ? failure.fix : fixes[code];
  const where = flags.profile === undefined ? "" : ` (profile ${flags.profile})`;
  const message = `the Gateway cannot start${where}: ${String(failure.message ?? error)}`;
  return new CliError(code, message, { ...(fix === undefined ? {} : { fix }), exitCode: exitCodes.cannotStart });
}
