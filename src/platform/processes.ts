/**
 * Child processes: an argument vector and an environment, exactly as given; never a shell, never an inherited variable.
 * Each child leads its own process group, which ends with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { BoundedOutput, type OutputStream } from "./bounded-output.ts";

export type ProcessSpec = {
  /** Program and arguments; a name without `/` is searched on the PATH of `env`. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Output kept: the first and the last half of this. The rest is read and dropped. */
  readonly outputBytesMax: number;
  /** Bytes that the child finds on these descriptors, then end of file. */
  readonly extraFds?: Readonly<Record<number, Uint8Array>>;
  /** Descriptors on which the child waits for `send`. */
  readonly waitFds?: readonly number[];
  /** Descriptors that the child writes on, kept apart from its output; see `report`. */
  readonly reportFds?: readonly number[];
  /** Between SIGTERM and SIGKILL. */
  readonly killGraceMs?: number;
};

export type ProcessEnd = {
  /** Exit code; undefined when a signal ended the process. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
  /** Some output is missing. */
  readonly truncated: boolean;
  readonly durationMs: number;
};

export interface RunningProcess {
  readonly pid: number;
  readonly output: BoundedOutput;
  /** Resolves after the last output; never rejects. */
  readonly exited: Promise<ProcessEnd>;
  /** Calls `listener` with each piece of output as it comes; returns how to stop. */
  onOutput(listener: (stream: OutputStream, bytes: Buffer) => void): () => void;
  /** What the child wrote on a descriptor of `reportFds`, at most 64 KiB, once it closed that or ended. */
  report(descriptor: number): Promise<Buffer>;
  /** Gives the child these bytes on a descriptor of `waitFds`, then end of file. */
  send(descriptor: number, bytes: Uint8Array | string): void;
  /** SIGTERM to the group, SIGKILL after the grace time; resolves when the process has ended. */
  kill(): Promise<ProcessEnd>;
}

export class ProcessError extends Error {
  readonly code: "process.not_found" | "process.not_started";

  constructor(code: ProcessError["code"], message: string) {
    super(message);
    this.name = "ProcessError";
    this.code = code;
  }
}

const killGraceDefaultMs = 2_000;
/** Output that is still in the pipes when the process has ended. */
const drainMs = 250;
const reportBytesMax = 64 * 1024;

/** Starts the process; rejects with ProcessError when it cannot be started, and then nothing ran. */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const child = spawnChild(spec);
  const running = new Child(child, spec);
  try {
    await once(child, "spawn");
  } catch (error) {
    throw asProcessError(error, spec);
  }
  return running;
}

function spawnChild(spec: ProcessSpec): ChildProcess {
  const [program, ...parameters] = spec.argv;
  const extra = [...Object.keys(spec.extraFds ?? {}).map(Number), ...(spec.reportFds ?? []), ...(spec.waitFds ?? [])];
  const highest = Math.max(2, ...extra);
  const stdio: ("pipe" | "ignore")[] = [spec.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"];
  for (let descriptor = 3; descriptor <= highest; descriptor += 1) {
    stdio.push(extra.includes(descriptor) ? "pipe" : "ignore");
  }
  try {
    return spawn(program, parameters, { cwd: spec.cwd, env: { ...spec.env }, stdio, detached: true, shell: false });
  } catch (error) {
    throw asProcessError(error, spec);
  }
}

function asProcessError(error: unknown, spec: ProcessSpec): ProcessError {
  const reason = error instanceof Error ? error.message : String(error);
  const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
  if (!absent) return new ProcessError("process.not_started", `${spec.argv[0]} could not be started: ${reason}`);
  return new ProcessError("process.not_found", `${spec.argv[0]} or the folder ${spec.cwd} does not exist`);
}

class Child implements RunningProcess {
  readonly pid: number;
  readonly output: BoundedOutput;
  readonly exited: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  readonly #listeners = new Set<(stream: OutputStream, bytes: Buffer) => void>();
  readonly #reports = new Map<number, Promise<Buffer>>();
  #ended = false;
  #timedOut = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, spec: ProcessSpec) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.output = new BoundedOutput(spec.outputBytesMax);
    this.#graceMs = spec.killGraceMs ?? killGraceDefaultMs;
    child.stdout?.on("data", (bytes: Buffer) => this.#take("stdout", bytes));
    child.stderr?.on("data", (bytes: Buffer) => this.#take("stderr", bytes));
    for (const stream of child.stdio) stream?.on("error", ignorePipeError);
    child.stdin?.end(spec.stdin);
    for (const [descriptor, bytes] of Object.entries(spec.extraFds ?? {}))
      pipeOf(child, Number(descriptor))?.end(bytes);
    for (const descriptor of spec.reportFds ?? []) this.#reports.set(descriptor, collect(pipeOf(child, descriptor)));
    this.exited = this.#end(spec.timeoutMs, performance.now());
  }

  onOutput(listener: (stream: OutputStream, bytes: Buffer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  report(descriptor: number): Promise<Buffer> {
    return this.#reports.get(descriptor) ?? Promise.resolve(Buffer.alloc(0));
  }

  send(descriptor: number, bytes: Uint8Array | string): void {
    pipeOf(this.#child, descriptor)?.end(bytes);
  }

  kill(): Promise<ProcessEnd> {
    if (this.#ended || this.#killTimer) return this.exited;
    this.#signalGroup("SIGTERM");
    this.#killTimer = setTimeout(() => this.#signalGroup("SIGKILL"), this.#graceMs);
    return this.exited;
  }

  #take(stream: OutputStream, bytes: Buffer): void {
    this.output.add(stream, bytes);
    for (const listener of this.#listeners) listener(stream, bytes);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    // Until its end is reported the child is not reaped, so the group id cannot belong to anybody else.
    if (!this.#ended && this.pid > 0) signalGroup(this.pid, signal);
  }

  async #end(timeoutMs: number, startedAt: number): Promise<ProcessEnd> {
    const timer = setTimeout(() => {
      this.#timedOut = true;
      void this.kill();
    }, timeoutMs);
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      this.#child.once("exit", (...end) => resolve(end));
      this.#child.once("error", () => resolve([null, null]));
    });
    this.#ended = true;
    clearTimeout(timer);
    clearTimeout(this.#killTimer);
    if (this.pid > 0) endGroup(this.pid);
    await this.#drain(closed);
    return {
      code: code ?? undefined,
      signal: signal ?? undefined,
      timedOut: this.#timedOut,
      truncated: this.output.droppedBytes > 0,
      durationMs: performance.now() - startedAt,
    };
  }

  /** A descendant that left the group may hold the pipes open; it does not hold us. */
  async #drain(closed: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([closed, late]);
    clearTimeout(timer);
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}

function ignorePipeError(): void {
  // The child closed its end; its exit code tells what happened.
}

function pipeOf(child: ChildProcess, descriptor: number): Duplex | undefined {
  return (child.stdio[descriptor] as Duplex | null | undefined) ?? undefined;
}

async function collect(pipe: Duplex | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let room = reportBytesMax;
  pipe?.on("data", (bytes: Buffer) => {
    chunks.push(bytes.subarray(0, room));
    room -= Math.min(bytes.length, room);
  });
  if (pipe) await new Promise<void>((resolve) => pipe.once("close", () => resolve()));
  return Buffer.concat(chunks);
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/**
 * Kills what a finished leader left behind in its group. The leader's pid is free by now, so the members are verified
 * first: they still have the leader's session, which only its descendants can.
 */
function endGroup(leader: number): void {
  if (!signalGroup(leader, 0)) return;
  for (const pid of groupMembers(leader)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Ended by itself.
    }
  }
}

/** pids whose process group and session are `leader`'s, and whose leader is gone (proc_pid_stat(5): fields 5 and 6). */
function groupMembers(leader: number): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === leader) return false;
      const fields = statFields(pid);
      return Number(fields[2]) === leader && Number(fields[3]) === leader;
    });
}

function statFields(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}
