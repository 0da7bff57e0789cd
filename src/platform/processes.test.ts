import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BoundedOutput } from "./bounded-output.ts";
import { processStartTime } from "./process-identity.ts";
import { type ProcessSpec, startProcess } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "fased-process-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = { PATH: "/usr/local/bin:/usr/bin:/bin" };

function spec(argv: ProcessSpec["argv"], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { argv, cwd: folder, env: path, timeoutMs: 20_000, outputBytesMax: 10_000, ...more };
}

async function outputOf(argv: ProcessSpec["argv"], more: Partial<ProcessSpec> = {}) {
  const running = await startProcess(spec(argv, more));
  const end = await running.exited;
  return { stdout: running.output.text("stdout"), stderr: running.output.text("stderr"), end };
}

test("runs in its folder and reports streams and exit code", async () => {
  const { stdout, stderr, end } = await outputOf(["/bin/sh", "-c", "pwd; echo oops >&2; exit 3"]);
  expect({ stdout, stderr }).toEqual({ stdout: `${folder}\n`, stderr: "oops\n" });
  expect(end).toMatchObject({ code: 3, signal: undefined, timedOut: false, truncated: false });
});

test("the environment is exactly what is passed", async () => {
  const { stdout } = await outputOf(["/usr/bin/env"], { env: { ONLY: "this" } });
  expect(stdout).toBe("ONLY=this\n");
});

test("arguments are not interpreted by any shell", async () => {
  const hostile = ["$(touch pwned)", "; touch pwned", "a b", "*", "`id`", "--", "\n"];
  const { stdout } = await outputOf(["/usr/bin/printf", "%s|", ...hostile]);
  expect(stdout).toBe(`${hostile.join("|")}|`);
});

test("standard input and extra descriptors are delivered and end", async () => {
  const { stdout } = await outputOf(["/bin/sh", "-c", "cat; cat <&3; cat <&5"], {
    stdin: "in ",
    extraFds: { 3: Buffer.from("three "), 5: Buffer.from("five") },
  });
  expect(stdout).toBe("in three five");
});

test("what is written on a report descriptor is kept apart from the output", async () => {
  const running = await startProcess(spec(["/bin/sh", "-c", "echo facts >&4; echo out"], { reportFds: [4] }));
  await running.exited;
  expect((await running.report(4)).toString()).toBe("facts\n");
  expect(running.output.text()).toBe("out\n");
});

test("a program that is absent, and a NUL in an argument, are errors before anything ran", async () => {
  await expect(startProcess(spec(["no-such-program-here"]))).rejects.toMatchObject({ code: "process.not_found" });
  await expect(startProcess(spec(["/bin/echo", "a\0b"]))).rejects.toMatchObject({ code: "process.not_started" });
});

test("a time-out ends the whole group, also what ignores SIGTERM", async () => {
  const script = `trap '' TERM; (trap '' TERM; echo $$; sleep 60) & echo $!; wait`;
  const running = await startProcess(spec(["/bin/sh", "-c", script], { timeoutMs: 300, killGraceMs: 100 }));
  const end = await running.exited;
  expect(end).toMatchObject({ timedOut: true, signal: "SIGKILL" });
  for (const pid of running.output.text().trim().split("\n")) expect(isRunning(Number(pid))).toBe(false);
});

test("a background child does not outlive its leader", async () => {
  const { stdout, end } = await outputOf(["/bin/sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"]);
  expect(end.code).toBe(0);
  await expect.poll(() => isRunning(Number(stdout.trim()))).toBe(false);
});

test("kill ends a running process, and again changes nothing", async () => {
  const running = await startProcess(spec(["/bin/sleep", "60"]));
  const [first, second] = await Promise.all([running.kill(), running.kill()]);
  expect(first).toEqual(second);
  expect(first).toMatchObject({ signal: "SIGTERM", timedOut: false });
});

test("a flood of output is bounded, its beginning and end kept, and the child is not blocked", async () => {
  const running = await startProcess(spec(["/bin/sh", "-c", "echo first; head -c 3000000 /dev/zero; echo last"]));
  const end = await running.exited;
  expect(end).toMatchObject({ code: 0, truncated: true });
  const text = running.output.text();
  expect(text.startsWith("first\n")).toBe(true);
  expect(text.endsWith("last\n")).toBe(true);
  expect(text).toContain("bytes of output left out");
  expect(text.length).toBeLessThan(10_100);
  expect(running.output.totalBytes).toBe(3_000_011);
});

test("output is told while it comes", async () => {
  const running = await startProcess(spec(["/bin/cat"], { stdin: "hello" }));
  const heard: string[] = [];
  running.onOutput((stream, bytes) => heard.push(`${stream}:${bytes}`));
  await running.exited;
  expect(heard).toEqual(["stdout:hello"]);
});

test("a child that never reads its input does not break the parent", async () => {
  writeFileSync(join(folder, "x"), "");
  const { end } = await outputOf(["/bin/true"], { stdin: "x".repeat(1_000_000) });
  expect(end.code).toBe(0);
});

describe("BoundedOutput", () => {
  test("keeps all up to the budget, then the first and the last half", () => {
    const output = new BoundedOutput(8);
    output.add("stdout", Buffer.from("abcd"));
    output.add("stderr", Buffer.from("efgh"));
    expect([output.text(), output.droppedBytes]).toEqual(["abcdefgh", 0]);
    output.add("stdout", Buffer.from("ij"));
    expect(output.text()).toBe("abcd\n[2 bytes of output left out]\nghij");
    expect(output.totalBytes).toBe(10);
  });
});

/** A zombie waits for its parent only; it does nothing any more. */
function isRunning(pid: number): boolean {
  if (processStartTime(pid) === undefined) return false;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
