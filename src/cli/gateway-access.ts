/**
 * How commands reach the Gateway. The one of this state directory is found through its private socket: a program that
 * merely holds the port never sees the token. Another one is named by `--url` and gets only the credential beside it.
 */
import type { Command } from "commander";
import { hasCode } from "../platform/files.ts";
import { askLocalSocket } from "../platform/local-socket.ts";
import { gatewayHolder } from "../platform/lock.ts";
import { sameUserProcess } from "../platform/process-identity.ts";
import { Secret } from "../platform/secret.ts";
import { statePaths } from "../platform/state-paths.ts";
import { productVersion } from "../platform/version.ts";
import { wholeNumber } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { connectGateway, type GatewayAddress, GatewayCallError, type GatewayConnection } from "./gateway-client.ts";
import { usage } from "./usage.ts";

export type GatewayFlags = {
  readonly url?: string;
  readonly token?: string;
  readonly password?: string;
  /** Milliseconds. */
  readonly timeout?: number;
};

/** Adds the options that every command with a Gateway has. */
export function gatewayOptions(command: Command, options: { readonly timeout?: "leave out" } = {}): Command {
  command
    .option("--url <url>", "another Gateway, such as wss://host:18789; needs --token or --password")
    .option("--token <token>", "its token; other users of this machine can see it while the command runs")
    .option("--password <password>", "its password; as visible as the token");
  if (options.timeout === "leave out") return command;
  return command.option("--timeout <ms>", "how long to wait for an answer", wholeNumber);
}

/** Runs `use` on a connection and closes it. Throws CliError: `gateway.not_running` when there is none to talk to. */
export async function withGateway<T>(
  context: CliContext,
  flags: GatewayFlags,
  use: (gateway: GatewayConnection) => Promise<T>,
): Promise<T> {
  const target = await findGateway(context, flags);
  if (!target) throw await notRunning(context);
  return connected(context, target, use);
}

export type LiveOrLocal<T> = {
  live(gateway: GatewayConnection): Promise<T>;
  /** What the stores on disk say while no Gateway runs. */
  local(): Promise<T>;
};

/** As `withGateway`; while none runs, and none is named, the answer comes from disk. */
export async function withGatewayOrDisk<T>(
  context: CliContext,
  flags: GatewayFlags,
  { live, local }: LiveOrLocal<T>,
): Promise<T> {
  const target = await findGateway(context, flags);
  return target ? connected(context, target, live) : local();
}

type Target = {
  readonly address: GatewayAddress;
  readonly flags: GatewayFlags;
  /** Whose word the credential is: the caller's, or the config's of this machine. */
  readonly from: "flags" | "config";
};

const slowMs = 1_000;

async function connected<T>(
  context: CliContext,
  { address, flags, from }: Target,
  use: (gateway: GatewayConnection) => Promise<T>,
): Promise<T> {
  const slow = setTimeout(() => context.print.note("Waiting for the Gateway …"), slowMs);
  try {
    const timeout = flags.timeout === undefined ? {} : { timeoutMs: flags.timeout };
    const gateway = await connectGateway(address, { version: productVersion, ...timeout });
    try {
      return await use(stopping(gateway, () => clearTimeout(slow)));
    } finally {
      gateway.close();
    }
  } catch (error) {
    if (!(error instanceof GatewayCallError)) throw error;
    throw (from === "config" && unreadConfig(context, error)) || asFailure(error);
  } finally {
    clearTimeout(slow);
  }
}

/** The connection; the first answer ends the wait that is told to the user. */
function stopping(gateway: GatewayConnection, answered: () => void): GatewayConnection {
  return {
    url: gateway.url,
    ended: gateway.ended,
    onEvent: (listener) => gateway.onEvent(listener),
    close: () => gateway.close(),
    async call<Result>(method: string, parameters?: object, options?: { readonly timeoutMs?: number }) {
      try {
        return await gateway.call<Result>(method, parameters, options);
      } finally {
        answered();
      }
    },
  };
}

/** Undefined when no Gateway runs on this state directory. Throws CliError on flags that make no sense. */
async function findGateway(context: CliContext, flags: GatewayFlags): Promise<Target | undefined> {
  const given = givenCredential(flags);
  if (flags.url !== undefined) {
    const address = { url: namedUrl(flags.url), credential: requireCredential(given) };
    return { address, flags, from: "flags" };
  }
  const url = await localUrl(context);
  if (url === undefined) return undefined;
  if (given) return { address: { url, credential: given }, flags, from: "flags" };
  return { address: { url, credential: ownCredential(context) }, flags, from: "config" };
}

type Credential = GatewayAddress["credential"];

function givenCredential({ token, password }: GatewayFlags): Credential {
  if (token !== undefined && password !== undefined)
    throw usage("--token and --password exclude each other", "use one");
  if (token !== undefined) return { kind: "token", secret: new Secret(token) };
  return password === undefined ? undefined : { kind: "password", secret: new Secret(password) };
}

/** The config's credential belongs to the Gateway of this machine and goes nowhere else. */
function requireCredential(given: Credential): Credential {
  if (given) return given;
  throw usage("--url needs the credential of that Gateway", "add --token or --password");
}

function ownCredential(context: CliContext): Credential {
  const { mode, token, password } = context.load().config.gateway.auth;
  if (mode === "password") return password && { kind: "password", secret: password };
  return token && { kind: "token", secret: token };
}

const loopbackHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const schemes: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };

function namedUrl(text: string): string {
  const url = URL.parse(text);
  const scheme = url && schemes[url.protocol];
  if (!url || !scheme) throw usage(`\`${text}\` is no Gateway address`, "write it as wss://host:18789");
  if (scheme === "ws:" && !loopbackHosts.has(url.hostname)) {
    throw usage(
      `${url.host} would get the credential over an open line`,
      "use wss://, or a tunnel: ssh -L 18789:127.0.0.1:18789 HOST",
    );
  }
  return `${scheme}//${url.host}${url.pathname === "/" ? "" : url.pathname}`;
}

/** Throws CliError for words that name no place. */
function wantedPaths(context: CliContext): ReturnType<CliContext["paths"]> {
  try {
    return context.paths();
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error), "see `fased --help`");
  }
}

/** The line that the private socket answers with the address of the Gateway. */
const addressQuestion = "address";

async function localUrl(context: CliContext): Promise<string | undefined> {
  const { state } = wantedPaths(context);
  try {
    return await askLocalSocket(statePaths(state).gatewaySocket, addressQuestion);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ECONNREFUSED")) return undefined;
    throw new CliError("gateway.not_answering", `the Gateway runs but does not answer: ${(error as Error).message}`, {
      fix: "see `fased logs`; if it stays so, stop it and start it again",
      exitCode: exitCodes.unreachable,
    });
  }
}

/** Why there is nobody to talk to, for commands that need the Gateway. */
export async function notRunning(context: CliContext): Promise<CliError> {
  const { state } = context.paths();
  const holder = gatewayHolder(state);
  const exitCode = exitCodes.unreachable;
  if (holder && (await sameUserProcess(holder.pid, holder.startTime))) {
    const message = `the Gateway (pid ${holder.pid}) is starting or stopping`;
    return new CliError("gateway.not_ready", message, { fix: "try again in a moment; see `fased logs`", exitCode });
  }
  return new CliError("gateway.not_running", `no Gateway runs on ${state}`, {
    fix: "start it with `fased start`, or name another one with --url and --token",
    exitCode,
  });
}

/** The config names a credential that cannot be read: that is what keeps the command out, not the Gateway. */
function unreadConfig(context: CliContext, { code, details }: GatewayCallError): CliError | undefined {
  const { code: told = code } = detailsOf({ details });
  const { status, problems } = context.load();
  if (!told.startsWith("AUTH_") || status !== "invalid") return undefined;
  const fatal = problems.filter(({ severity }) => severity === "fatal");
  const cause = fatal.find(({ path }) => path.startsWith("gateway.auth")) ?? fatal[0];
  const where = cause ? `: ${[cause.path, `(line ${cause.line})`].join(" ").trim()}: ${cause.message}` : "";
  return new CliError(
    "config.invalid",
    `the config cannot be read, and so there is no log-in for the Gateway${where}`,
    {
      fix: `${cause ? `${cause.fix}; ` : ""}\`fased config validate\` lists every mistake`,
    },
  );
}

/** A refusal of the Gateway as the terminal shows it. */
function asFailure(error: GatewayCallError): CliError {
  const { code = error.code, fix } = detailsOf(error);
  const known = connectionFailures[error.code];
  if (known) return new CliError(known.code, error.message, { fix: known.fix, exitCode: exitCodes.unreachable });
  const advice = fix ?? adviceFor(code);
  return new CliError(code, error.message, {
    ...(advice === undefined ? {} : { fix: advice }),
    exitCode: exitOf(code),
  });
}

const connectionFailures: Readonly<Record<string, { readonly code: string; readonly fix: string }>> = {
  unreachable: { code: "gateway.unreachable", fix: "check the address, and that the Gateway runs there" },
  timeout: { code: "gateway.timeout", fix: "see `fased logs`, or wait longer with --timeout" },
  closed: { code: "gateway.closed", fix: "see `fased logs`, then try again" },
  protocol: { code: "gateway.protocol", fix: "check the address" },
};

function detailsOf({ details }: Pick<GatewayCallError, "details">): { readonly code?: string; readonly fix?: string } {
  if (typeof details !== "object" || details === null) return {};
  const { code, fix } = details as { code?: unknown; fix?: unknown };
  return {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof fix === "string" ? { fix } : {}),
  };
}

const isRefused = (code: string): boolean => /^(AUTH_|PAIRING_REQUIRED|MISSING_SCOPE|policy\.|method\.)/.test(code);

const exitOf = (code: string): ExitCode => (isRefused(code) ? exitCodes.denied : exitCodes.failed);

function adviceFor(code: string): string | undefined {
  if (code.startsWith("AUTH_RATE")) return "wait a minute, then try again";
  if (code.startsWith("AUTH_")) return "check gateway.auth in the config and FASED_GATEWAY_TOKEN in its .env";
  return undefined;
}
