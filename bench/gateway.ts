/** The Gateway under test: `sh bin/fased gateway run` on a state directory of its own. */
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../test/servers/free-port.ts";
import { end, type Lab, pause } from "./lab.ts";
import { connectOperator, type Operator } from "./operator.ts";

export type Gateway = {
  readonly pid: number;
  readonly port: number;
  readonly token: string;
  readonly state: string;
  /** From the spawn to the answer of `health` that says ready, in milliseconds. */
  readonly startMs: number;
  operator(): Promise<Operator>;
  stop(): Promise<void>;
  /** As a power cut would: no handler runs. */
  kill(): Promise<void>;
};

export const token = "a-token-for-benchmarks-that-is-long-enough";
const readyWithinMs = 30_000;
const retryMs = 2;

/** A state directory with nothing but the operators' token, and the config when one is given. */
export function newState(lab: Lab, config?: string): string {
  const state = lab.newFolder("state");
  writeFileSync(join(state, ".env"), `FASED_GATEWAY_TOKEN=${token}\n`, { mode: 0o600 });
  if (config !== undefined) writeFileSync(join(state, "fased.json"), config, { mode: 0o600 });
  return state;
}

/** For every command of Fased that a row runs: nothing of the caller's environment but what programs need. */
export function environmentFor(state: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: state, FASED_STATE_DIR: state };
}

/** Starts it and resolves once it is ready. Rejects with the end of its output when it is not. */
export async function startGateway(lab: Lab, state: string): Promise<Gateway> {
  const port = await freePort();
  const output = join(state, "..", `output-${port}.log`);
  const file = openSync(output, "a");
  const started = performance.now();
  const child = lab.start("sh", [join(lab.root, "bin/fased"), "gateway", "run", "--port", String(port), "--quiet"], {
    cwd: lab.root,
    env: environmentFor(state),
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  await untilReady(child, { port, output });
  const startMs = performance.now() - started;
  return {
    pid: child.pid ?? 0,
    port,
    token,
    state,
    startMs,
    operator: () => connectOperator(port, token),
    stop: () => end(child, "SIGTERM"),
    kill: () => end(child, "SIGKILL"),
  };
}

async function untilReady(child: ChildProcess, place: { port: number; output: string }): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (!(await isReady(place.port))) {
    const said = () => readFileSync(place.output, "utf8").slice(-600).trim();
    if (child.exitCode !== null) throw new Error(`\`fased gateway run\` ended with ${child.exitCode}: ${said()}`);
    if (performance.now() > deadline) throw new Error(`\`fased gateway run\` was not ready in 30 s: ${said()}`);
    await pause(retryMs);
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const operator = await connectOperator(port, token);
    const { ok } = await operator.call<{ ok?: boolean }>("health");
    operator.close();
    return ok === true;
  } catch {
    return false; // Nobody listens yet.
  }
}
