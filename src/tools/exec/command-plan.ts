/** Where a command would run and what it would be allowed to be there: facts for the policy, before anything happens. */
import * as z from "zod";
import type { Config } from "../../config/schema.ts";
import type { Task } from "../../policy/commands.ts";
import type { Sink } from "../../policy/sink.ts";
import { ToolError, type ToolPlan, type ToolTurn } from "../tool.ts";
import type { SandboxReport } from "./sandbox.ts";

/** An argument of a process is at most 128 KiB on Linux; the command is one. */
const commandBytesMax = 120_000;

export const commandParameters = z.strictObject({
  command: z.string().min(1).optional().describe("Shell command (sh). One opaque text."),
  task: z.string().min(1).optional().describe("Name of a task that the operator approved, instead of `command`."),
  workdir: z.string().optional().describe("Folder in the workspace to start in."),
  timeout: z.number().min(1).max(86_400).optional().describe("Time limit in seconds."),
  background: z.boolean().optional().describe("Return at once; look at it later with `process`."),
  host: z.enum(["sandbox", "gateway"]).optional().describe("`gateway`: outside the sandbox, asks the owner each time."),
});

export type CommandInput = z.output<typeof commandParameters>;

type ExecConfig = Config["tools"]["exec"];

export type CommandPlan = {
  /** What runs: one text for `sh -c`, or the argv of a task. */
  readonly what:
    | { readonly command: string }
    | { readonly task: string; readonly argv: readonly [string, ...string[]] };
  readonly where: "sandbox" | "host";
  readonly sink: Sink;
  /** Relative to the workspace; empty for its root. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly access: "rw" | "ro" | "none";
};

/** The settings of exec for this turn. */
export function execConfig({ config, agent }: ToolTurn): ExecConfig {
  return agentExecConfig(config, agent);
}

/** The agent's own settings of exec over the global ones. */
export function agentExecConfig({ agents, tools }: Config, agent: string): ExecConfig {
  const own = agents.list.find(({ id }) => id === agent)?.tools.exec ?? {};
  return {
    ...tools.exec,
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
  };
}

export type CommandFacts = {
  readonly folder: string;
  readonly sandbox: SandboxReport;
  /** Those that the policy in force approves: one that waits for consent is not among them. */
  readonly tasks: readonly Task[];
};

/** Throws ToolError for what can never run. */
export function planCommand(input: CommandInput, turn: ToolTurn, facts: CommandFacts): CommandPlan {
  const config = execConfig(turn);
  const what = whatRuns(input, facts.tasks);
  const where = whereRuns(input, config, facts);
  const mode = agentOf(turn)?.sandbox;
  return {
    what,
    where,
    folder: facts.folder,
    timeoutMs: Math.min(input.timeout ?? config.timeoutSec, config.timeoutSec) * 1_000,
    access: mode === undefined || mode.mode === "off" ? "rw" : mode.workspaceAccess,
    sink: where === "sandbox" ? { kind: "sandboxed-code" } : hostSink(config, { allowlisted: "task" in what }),
  };
}

type Listed = { readonly allowlisted: boolean };

function hostSink({ security, ask }: ExecConfig, { allowlisted }: Listed): Sink {
  return { kind: "code", where: "host", security, ask, allowlisted };
}

/** The least that a command of this turn can be: in the sandbox where one is proven, else on the host if it may go there. */
export function mildestCommand(
  turn: ToolTurn,
  { sandbox, tasks }: Omit<CommandFacts, "folder">,
): Pick<ToolPlan, "sink" | "sandbox"> {
  const config = execConfig(turn);
  const needsSandbox = config.host === "sandbox" || config.host === "node";
  if (sandbox.state === "proven" || needsSandbox) return { sink: { kind: "sandboxed-code" }, sandbox: sandbox.state };
  return { sink: hostSink(config, { allowlisted: tasks.length > 0 }), sandbox: "off" };
}

function whatRuns({ command, task }: CommandInput, tasks: readonly Task[]): CommandPlan["what"] {
  if ((command === undefined) === (task === undefined)) {
    throw new ToolError("exec.arguments", "give either `command` or `task`, not both");
  }
  if (task !== undefined) return namedTask(task, tasks);
  const text = command ?? "";
  if (Buffer.byteLength(text) > commandBytesMax) {
    throw new ToolError(
      "exec.too_long",
      `the command is longer than ${commandBytesMax} bytes; write it to a file and run that`,
    );
  }
  if (text.includes("\0")) throw new ToolError("exec.arguments", "a command cannot hold a NUL character");
  return { command: text };
}

function namedTask(name: string, tasks: readonly Task[]): CommandPlan["what"] {
  const task = tasks.find((candidate) => candidate.name === name);
  const [program, ...rest] = task?.argv ?? [];
  if (program !== undefined) return { task: name, argv: [program, ...rest] };
  const known = tasks.map((candidate) => candidate.name).join(", ") || "none";
  throw new ToolError(
    "exec.no_task",
    `there is no approved task ${JSON.stringify(name)}; approved are: ${known}. A task that was added or changed in tools.exec.tasks waits until the owner accepts the config`,
  );
}

/** A call may only tighten: what the operator fixed is not chosen by a model. */
function whereRuns(input: CommandInput, config: ExecConfig, { tasks, sandbox }: CommandFacts): CommandPlan["where"] {
  const task = tasks.find(({ name }) => name === input.task);
  if (task !== undefined) return task.hosts?.includes("gateway") === false ? "sandbox" : "host";
  if (config.host === "node") {
    throw new ToolError("exec.no_node", "tools.exec.host is `node` and no node is connected; set it to `auto`");
  }
  if (config.host === "sandbox" && input.host === "gateway") {
    throw new ToolError("exec.host_fixed", "tools.exec.host fixes commands to the sandbox; leave `host` out");
  }
  if (config.host === "gateway" && input.host !== "sandbox") return "host";
  if (input.host === "gateway") return "host";
  const wantsSandbox = input.host === "sandbox" || config.host === "sandbox";
  return wantsSandbox || sandbox.state === "proven" ? "sandbox" : "host";
}

function agentOf(turn: ToolTurn): Config["agents"]["list"][number] | undefined {
  return turn.config.agents.list.find(({ id }) => id === turn.agent);
}
