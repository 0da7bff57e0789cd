import type { Clock } from "../../platform/clock.ts";
import type { RunningProcess } from "../../platform/processes.ts";
import type { Task } from "../../policy/commands.ts";
import { join, type Label } from "../../policy/label.ts";
import { canonicalText } from "../canonical-call.ts";
import { workspacePath } from "../files/file-path.ts";
import type { SettledRun } from "../files/workspace-journal.ts";
import { placeOf } from "../files/write.ts";
import {
  type AllowedCall,
  type Json,
  ToolError,
  type ToolPlan,
  type ToolResult,
  type ToolSpec,
  type ToolTurn,
} from "../tool.ts";
import { type CommandInput, type CommandPlan, commandParameters, execConfig, planCommand } from "./command-plan.ts";
import { commandDetails, commandText } from "./command-text.ts";
import { controlMounts, createControlFiles, type Mount } from "./control-mounts.ts";
import { type HoldBackPorts, holdBack } from "./held-back.ts";
import { type HostOptions, hostCanonical, hostCard, startOnHost } from "./host-command.ts";
import type { Job, JobEnd, Jobs } from "./jobs.ts";
import { type Sandbox, SandboxError, type SandboxReport } from "./sandbox.ts";

export type ExecPorts = HoldBackPorts & {
  readonly clock: Clock;
  readonly sandbox: Sandbox;
  readonly jobs: Jobs;
  readonly host: HostOptions;
  /** The tasks that the policy in force approves for an agent. */
  readonly tasks: (agent: string) => readonly Task[];
};

/** Kept of a command's output: the first and the last half of this. */
const outputBytesMax = 200_000;

/** `exec`: a command in the sandbox, or on the host with the owner's approval of its exact bytes. */
export function execTool(ports: ExecPorts): ToolSpec<CommandInput> {
  const commands = new Commands(ports);
  return {
    name: "exec",
    description:
      "Runs a shell command in the sandbox: no network, the workspace at /workspace. Where no sandbox is proven it runs on the host, in the workspace, once the owner approved it. Long commands go to the background; look at them with `process`.",
    parameters: commandParameters,
    plan: (input, turn) => commands.plan(input, turn),
    run: (call, input, turn) => commands.run(call, input, turn),
  };
}

type Begun = Pick<Job, "process" | "finished" | "label">;

class Commands {
  readonly #ports: ExecPorts;
  /** Repositories that running commands have as mounts: only these are safe to mount while they run. */
  readonly #running = new Map<string, Set<ReadonlySet<string>>>();

  constructor(ports: ExecPorts) {
    this.#ports = ports;
  }

  async plan(input: CommandInput, turn: ToolTurn): Promise<ToolPlan> {
    const sandbox = await this.#ports.sandbox.current();
    const plan = await this.#planned(input, turn, sandbox);
    const shown = "command" in plan.what ? plan.what.command : JSON.stringify(plan.what.argv);
    const onHost = plan.where === "host";
    return {
      sink: plan.sink,
      sandbox: onHost ? "off" : sandbox.state,
      canonical: onHost ? await hostCanonical(plan, turn, this.#ports.host) : sandboxCanonical(plan, turn),
      card: onHost
        ? hostCard(plan, turn, this.#ports.journal.taintedFiles(turn.agent))
        : {
            title: "Run a command in the sandbox",
            exactly: [{ label: "Command", text: shown, mono: true }],
            where: "sandbox",
          },
      summary: `${plan.where}: ${shown.slice(0, 200)}`,
    };
  }

  async run(call: AllowedCall, input: CommandInput, turn: ToolTurn): Promise<ToolResult> {
    const { jobs, sandbox } = this.#ports;
    const { label } = call.authorized.request.context;
    if (!jobs.hasRoom(turn.session)) {
      throw new ToolError("exec.too_many", "too many commands of this session run already; end one with `process`");
    }
    const plan = await this.#planned(input, turn, await sandbox.current());
    const begun = await this.#start(plan, turn, call);
    const command = "command" in plan.what ? plan.what.command : plan.what.task;
    const job = jobs.add({ session: turn.session, command, where: plan.where, ...begun });
    const waitMs = input.background === true ? 0 : Math.max(execConfig(turn).backgroundMs, 0);
    const end = await this.#wait(job, waitMs, turn);
    if (end === undefined) return { ...inBackground(job, label), details: commandDetails(job) };
    return {
      text: commandText(job.process.output.text(), end),
      label: end.label,
      failed: end.code !== 0,
      details: commandDetails(job),
    };
  }

  async #planned(input: CommandInput, turn: ToolTurn, sandbox: SandboxReport): Promise<CommandPlan> {
    const folder = await folderOf(input, turn);
    return planCommand(input, turn, { folder, sandbox, tasks: this.#ports.tasks(turn.agent) });
  }

  async #start(plan: CommandPlan, turn: ToolTurn, call: AllowedCall): Promise<Begun> {
    const { label } = call.authorized.request.context;
    const { journal } = this.#ports;
    const place = placeOf(turn);
    if (plan.where === "sandbox" && plan.access === "rw") await createControlFiles(turn.workspace.files);
    const begun = await journal.begin(place, label);
    const mounts = controlMounts(begun.snapshot.tree, (path) => this.#isStill(turn.workspace.root, path));
    const leave = this.#enter(turn.workspace.root, mounts);
    const first = join(label, journal.labelOfRun(turn.agent, begun));
    // What others write while it runs is there for it to read.
    const labelNow = () => join(first, journal.labelSince(turn.agent, begun));
    const settle = async () => {
      leave();
      const outputLabel = labelNow();
      const settled = await journal.settle(place, begun, outputLabel);
      const notes = await holdBack(settled.changes, turn, { ...this.#ports, label: outputLabel });
      return { settled, notes };
    };
    try {
      if (plan.where === "host") await this.#requireSame(plan, turn, call);
      const process = await this.#process(plan, turn, mounts);
      const finished = process.exited.then(async (end): Promise<JobEnd> => {
        const printed = labelNow();
        const notes = await settle().then(settledNotes, notRecorded);
        return { ...end, label: printed, notes };
      });
      return { process, finished, label: labelNow };
    } catch (error) {
      await settle();
      if (error instanceof SandboxError) throw new ToolError(error.code, `${error.message}. Fix: ${error.fix}`);
      throw error;
    }
  }

  /** A command that runs in the background may have exchanged what was decided on since. */
  async #requireSame(plan: CommandPlan, turn: ToolTurn, { plan: decided }: AllowedCall): Promise<void> {
    const now = await hostCanonical(plan, turn, this.#ports.host);
    if (canonicalText(now) === canonicalText(decided.canonical)) return;
    throw new ToolError(
      "exec.changed",
      "a program, folder or file that the command names changed after it was allowed; nothing ran. Ask for it again",
    );
  }

  #process(plan: CommandPlan, turn: ToolTurn, mounts: readonly Mount[]): Promise<RunningProcess> {
    if (plan.where === "host") return startOnHost(plan, turn, this.#ports.host);
    const { root } = turn.workspace;
    return this.#ports.sandbox.start({
      command: "command" in plan.what ? plan.what.command : shellText(plan.what.argv),
      folder: plan.folder,
      timeoutMs: plan.timeoutMs,
      outputBytesMax,
      ...(plan.access === "none" ? {} : { workspace: { root, access: plan.access, mounts } }),
    });
  }

  /** Resolves with the end, or undefined when the command goes on in the background. Stopping the turn kills it. */
  async #wait(job: Job, waitMs: number, turn: ToolTurn): Promise<JobEnd | undefined> {
    const stop = () => void job.process.kill();
    const shown = job.process.onOutput(() => turn.progress(job.process.output.text().slice(-2_000)));
    turn.signal.addEventListener("abort", stop, { once: true });
    if (turn.signal.aborted) stop();
    let timer: { cancel(): void } | undefined;
    const later = new Promise<undefined>((resolve) => {
      timer = this.#ports.clock.after(waitMs, () => resolve(undefined));
    });
    const end = await Promise.race([job.finished, later]);
    timer?.cancel();
    shown();
    turn.signal.removeEventListener("abort", stop);
    return end;
  }

  #isStill(root: string, path: string): boolean {
    return [...(this.#running.get(root) ?? [])].every((mounted) => mounted.has(path));
  }

  /** Notes that a command with these mounts runs; returns how to note its end. */
  #enter(root: string, mounts: readonly Mount[]): () => void {
    const mounted = new Set(mounts.map(({ path }) => path));
    const running = this.#running.get(root) ?? new Set();
    this.#running.set(root, running.add(mounted));
    return () => void running.delete(mounted);
  }
}

type Settled = { readonly settled: SettledRun; readonly notes: readonly string[] };

function settledNotes({ settled, notes }: Settled): readonly string[] {
  return settled.complete ? notes : [...notes, "The workspace is too large to undo all changes of this command."];
}

/** The interval of the command stays open in the journal, so its files keep its label. */
function notRecorded(error: unknown): readonly string[] {
  const reason = error instanceof Error ? error.message : String(error);
  return [`What it changed could not be recorded (${reason}); it cannot be undone.`];
}

async function folderOf({ workdir }: CommandInput, turn: ToolTurn): Promise<string> {
  if (workdir === undefined) return "";
  const path = workspacePath(turn, workdir);
  if (path === "") return "";
  const facts = await turn.workspace.files.facts(path);
  if (facts.type === "folder") return path;
  throw new ToolError("exec.no_folder", `${JSON.stringify(path)} is not a folder of the workspace`);
}

function sandboxCanonical(plan: CommandPlan, turn: ToolTurn): Json {
  const what = "command" in plan.what ? { command: plan.what.command } : { argv: plan.what.argv };
  return { ...what, folder: plan.folder, workspace: turn.workspace.root, sandbox: "bubblewrap", access: plan.access };
}

/** Each word quoted for `sh`, so that it stays one word. */
function shellText(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

function inBackground(job: Job, label: Label): Pick<ToolResult, "text" | "label" | "failed"> {
  const text = `It runs in the background as ${job.id}. Look at it with process {"action":"poll","id":"${job.id}"}.`;
  return { text, label, failed: false };
}
