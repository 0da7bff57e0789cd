/**
 * Runs the built program once, so that V8's compiled code lies in `dist/compile-cache` before the first user starts it:
 * a read-only install never writes there, and the first start is as quick as the second. A run that fails costs nothing
 * but that speed.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const startWithinMs = 20_000;

export async function warmCompileCache(): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), "fased-build-"));
  try {
    const env = { PATH: process.env["PATH"], HOME: state, FASED_STATE_DIR: state };
    await startAndStop(env);
    spawnSync("sh", ["bin/fased", "security", "audit", "--json"], { env, stdio: "ignore", timeout: startWithinMs });
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** Port 0 is any free one: a Gateway that already runs on this machine is left alone. */
function startAndStop(env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn("sh", ["bin/fased", "gateway", "run", "--port", "0"], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), startWithinMs);
  child.stdout.once("data", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
