import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acquireGatewayLock, gatewayHolder, LockHeldError, withFileLock } from "./lock.ts";
import { processStartTime, sameUserProcess } from "./process-identity.ts";

const lockModule = fileURLToPath(new URL("./lock.ts", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A child that runs `script` with the lock module imported as `lock`, and has printed its first line. */
async function startChild(script: string) {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `import * as lock from ${JSON.stringify(lockModule)};\n${script}`],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await once(child.stdout, "data");
  return child;
}

describe("the Gateway lock", () => {
  test("a second Gateway on the same state is refused with the pid of the first, and may start after it", () => {
    const first = acquireGatewayLock(folder);
    expect(() => acquireGatewayLock(folder)).toThrow(LockHeldError);
    expect(() => acquireGatewayLock(folder)).toThrow(`pid ${process.pid}`);
    expect(gatewayHolder(folder)).toMatchObject({ pid: process.pid, startTime: processStartTime(process.pid) });
    first.release();
    acquireGatewayLock(folder).release();
  });

  test("another process is refused too, and kill -9 of the holder frees it at once", async () => {
    const child = await startChild(
      `lock.acquireGatewayLock(${JSON.stringify(folder)}); process.stdout.write("held\\n"); process.stdin.resume();`,
    );
    expect(() => acquireGatewayLock(folder)).toThrow(`pid ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    acquireGatewayLock(folder).release();
  });

  test("nobody is known where no Gateway ever ran", () => {
    expect(gatewayHolder(folder)).toBeUndefined();
  });
});

describe("withFileLock", () => {
  test("callers in one process take turns in order, and one that fails frees the lock", async () => {
    const path = join(folder, "store.json");
    const order: string[] = [];
    const step = (name: string) =>
      withFileLock(path, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
        if (name === "b") throw new Error("b failed");
      });
    const results = await Promise.allSettled([step("a"), step("b"), step("c")]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(order).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  test("no increment is lost between processes", async () => {
    const path = join(folder, "counter");
    writeFileSync(path, "0");
    const script = `
      import { readFileSync, writeFileSync } from "node:fs";
      for (let i = 0; i < 20; i += 1) {
        await lock.withFileLock(${JSON.stringify(path)}, async () => {
          const value = Number(readFileSync(${JSON.stringify(path)}, "utf8"));
          await new Promise((resolve) => setImmediate(resolve));
          writeFileSync(${JSON.stringify(path)}, String(value + 1));
        });
      }
      process.stdout.write("done\\n");`;
    await Promise.all([startChild(script), startChild(script), startChild(script)]);
    expect(readFileSync(path, "utf8")).toBe("60");
  });

  test("a holder that was killed does not block", async () => {
    const path = join(folder, "store.json");
    const child = await startChild(
      `void lock.withFileLock(${JSON.stringify(path)}, () => { process.stdout.write("in\\n"); return new Promise(() => process.stdin.resume()); });`,
    );
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await withFileLock(path, async () => "mine")).toBe("mine");
  });
});

describe("process identity", () => {
  test("this process is itself; another start time or an absent pid is not", async () => {
    const own = processStartTime(process.pid) ?? "";
    expect(await sameUserProcess(process.pid, own)).toBe(true);
    expect(await sameUserProcess(process.pid, "1")).toBe(false);
    expect(await sameUserProcess(process.pid, "")).toBe(false);
    expect(processStartTime(2 ** 22 + 1)).toBeUndefined();
  });
});
