/** `fased status`: what runs, on what, what is wrong with it, and what waits for the owner. */
import type { ChannelStatus } from "../channels/contract.ts";
import type { LoadedConfig } from "../config/load.ts";
import { startProblems } from "../config/login.ts";
import type { StatusView } from "../gateway/services.ts";
import { problemLines, shortPath } from "./config-text.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, notRunning, withGatewayOrDisk } from "./gateway-access.ts";
import type { GatewayConnection } from "./gateway-client.ts";
import type { RegisterCommand } from "./program.ts";
import { counted, durationText, tableLines } from "./text-table.ts";

const examples = `
Examples:
  fased status
  fased status --json
  fased status --url wss://host:18789 --token TOKEN`;

export const registerStatus: RegisterCommand = (program, context) => {
  gatewayOptions(program.command("status"))
    .description("what runs, what is wrong with it, and what waits for you")
    .addHelpText("after", examples)
    .action((flags: GatewayFlags) => status(context(), flags));
};

/** What waits for a decision of the owner. */
type Waiting = {
  readonly approvals: number;
  readonly pairings: number;
  readonly devices: number;
  readonly policy: string | null;
};

type Running = StatusView & {
  readonly running: true;
  readonly url: string;
  readonly channels: readonly ChannelStatus[];
  /** Absent in recovery mode. */
  readonly waiting?: Waiting;
};

type Stopped = {
  readonly running: false;
  readonly message: string;
  readonly fix: string;
  readonly stateDirectory: string;
  readonly configPath: string;
  readonly config: LoadedConfig["status"];
  readonly problems: LoadedConfig["problems"];
};

async function status(context: CliContext, flags: GatewayFlags): Promise<void> {
  const found = await withGatewayOrDisk<Running | Stopped>(context, flags, {
    live: running,
    local: () => stopped(context),
  });
  context.print.result(found, () => (found.running ? runningLines(context, found) : stoppedLines(context, found)));
}

async function running(gateway: GatewayConnection): Promise<Running> {
  const [view, health] = await Promise.all([
    gateway.call<StatusView>("status"),
    gateway.call<{ channels: Record<string, ChannelStatus> }>("health"),
  ]);
  const base = { running: true as const, url: gateway.url, ...view, channels: Object.values(health.channels) };
  return view.mode === "recovery" ? base : { ...base, waiting: await waitingFor(gateway) };
}

async function waitingFor(gateway: GatewayConnection): Promise<Waiting> {
  const [approvals, pairings, devices, policy] = await Promise.all([
    gateway.call<{ approvals: unknown[] }>("exec.approval.list"),
    gateway.call<{ requests: unknown[] }>("channels.pairing.list"),
    gateway.call<{ pending: unknown[] }>("device.pair.list"),
    gateway.call<{ hash: string } | null>("policy.pending"),
  ]);
  return {
    approvals: approvals.approvals.length,
    pairings: pairings.requests.length,
    devices: devices.pending.length,
    policy: policy?.hash ?? null,
  };
}

async function stopped(context: CliContext): Promise<Stopped> {
  const { message, fix = "" } = await notRunning(context);
  const loaded = context.load();
  const { status: config, paths } = loaded;
  const serious = [...loaded.problems, ...startProblems(loaded)].filter(({ severity }) => severity !== "info");
  return {
    ...{ running: false as const, message, fix, config, problems: serious },
    ...{ stateDirectory: paths.state, configPath: paths.config },
  };
}

function stoppedLines({ print, environment }: CliContext, found: Stopped): string[] {
  return [
    print.style.warn(`Not running: ${found.message}.`),
    `Fix: ${found.fix}`,
    ...tableLines([
      ["State", shortPath(found.stateDirectory, environment)],
      ["Config", `${shortPath(found.configPath, environment)} (${configWords[found.config]})`],
    ]),
    ...found.problems.flatMap((problem) => problemLines(problem, print.style)),
  ];
}

const configWords: Readonly<Record<LoadedConfig["status"], string>> = {
  ok: "sound",
  absent: "not written yet",
  partial: "partly switched off",
  invalid: "has mistakes",
};

function runningLines({ print, environment, clock }: CliContext, found: Running): string[] {
  const { style } = print;
  const head =
    found.mode === "normal"
      ? style.success(`Running: Fased ${found.version} at ${found.url}`)
      : style.error(`Recovery mode: Fased ${found.version} at ${found.url} runs without channels and tools`);
  return [
    head,
    ...tableLines([
      ["Up", durationText(clock.now() - found.startedAt)],
      ["Model", modelText(found.model)],
      ["Sandbox", `${found.sandbox.state}${found.sandbox.detail === "" ? "" : `: ${found.sandbox.detail}`}`],
      ["Channels", found.channels.map(channelText).join(", ") || "web chat only"],
      ["Runs", queueText(found.queue)],
      ["Workspace", shortPath(found.workspace, environment)],
      ["State", shortPath(found.stateDirectory, environment)],
      ["Config", shortPath(found.configPath, environment)],
    ]),
    ...waitingLines(found.waiting).map((line) => style.warn(line)),
    ...found.dangerousFlags.map((flag) => style.error(`Dangerous setting in force: ${flag}`)),
    ...(found.restartKeys.length === 0
      ? []
      : [style.warn(`After the next start of the Gateway: ${found.restartKeys.join(", ")}`)]),
    ...found.problems.flatMap(({ path, line, message, fix }) => [
      style.warn(`! ${[path, line === undefined ? "" : `(line ${line})`].join(" ").trim()}`),
      `  ${message}`,
      `  Fix: ${fix}`,
    ]),
  ];
}

function modelText({ provider, id, offline }: StatusView["model"]): string {
  return offline ? "offline assistant; add a real one with `fased models auth add`" : `${provider}/${id}`;
}

function channelText({ channel, account, state, problem }: ChannelStatus): string {
  return `${channel}${account === "default" ? "" : `:${account}`} ${state}${problem ? ` (${problem.message})` : ""}`;
}

function queueText({ running: now, waiting, parked }: StatusView["queue"]): string {
  return `${now} running, ${waiting} waiting, ${parked} parked`;
}

function waitingLines(waiting: Waiting | undefined): string[] {
  if (!waiting) return [];
  const { approvals, pairings, devices, policy } = waiting;
  return [
    ...(approvals > 0 ? [`${counted(approvals, "approval")} for you to decide: \`fased approvals list\``] : []),
    ...(pairings > 0 ? [`${counted(pairings, "sender")} asked to be let in: \`fased pairing list\``] : []),
    ...(devices > 0 ? [`${counted(devices, "device")} asked to connect: \`fased devices list\``] : []),
    ...(policy === null ? [] : ["A change of the config that allows more waits: `fased config accept`"]),
  ];
}
