import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bubblewrapPrograms, reproofIntervalMs } from "../../../src/tools/exec/sandbox.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";
import { createToolBench, resultOf, type ToolBench } from "../../fakes/tool-bench.ts";
import { describeNeeding } from "../../needs.ts";

let folder: string;
let clock: FakeClock;
let bench: ToolBench;

/** bubblewrap, as long as nobody breaks it; broken, it runs what it gets on the host. Each start leaves a line. */
const program = () => join(folder, "bwrap");
const broken = () => join(folder, "broken");
const starts = () => readFileSync(join(folder, "starts"), "utf8").split("\n").length - 1;
const ran = () => existsSync(join(bench.workspace, "ran.txt"));

const runs = () => bench.call("exec", { command: "echo ran > ran.txt", host: "sandbox" });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-proof-"));
  const real = bubblewrapPrograms.find(existsSync);
  writeFileSync(
    program(),
    `#!/bin/sh
echo start >> ${folder}/starts
[ -e ${broken()} ] || exec /usr/bin/env -i ${real} "$@"
until [ "$1 $2" = "/bin/sh -c" ]; do shift; done
exec "$@"
`,
  );
  chmodSync(program(), 0o755);
  clock = createFakeClock();
  bench = createToolBench({ clock, sandboxPrograms: [program()] });
});
afterEach(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

describeNeeding("bubblewrap")("a sandbox that failed its proof", () => {
  test("runs nothing until it is proven again, and is tried again once the interval is over", async () => {
    expect(await bench.sandbox.probe()).toEqual({ state: "proven" });
    clock.advance(reproofIntervalMs);
    writeFileSync(broken(), "");
    expect(resultOf(await runs())).toMatchObject({ failed: true, text: expect.stringContaining("not isolated") });
    expect(await runs()).toMatchObject({ kind: "denied", decision: { reason: "exec.sandbox_not_proven" } });
    expect(ran()).toBe(false);

    rmSync(broken());
    expect(await runs()).toMatchObject({ kind: "denied", decision: { reason: "exec.sandbox_not_proven" } });
    clock.advance(reproofIntervalMs);
    expect(resultOf(await runs())).toMatchObject({ failed: false, details: { where: "sandbox", proven: true } });
    expect(ran()).toBe(true);
    expect(bench.sandbox.report()).toEqual({ state: "proven" });
  });

  test("stays unproven as long as each new proof fails, at most one in the interval", async () => {
    writeFileSync(broken(), "");
    await bench.sandbox.probe();
    expect(starts()).toBe(1);
    for (const tries of [2, 3]) {
      clock.advance(reproofIntervalMs);
      const outcomes = await Promise.all([runs(), runs(), runs()]);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: "denied" });
      expect(starts()).toBe(tries);
    }
    expect(bench.sandbox.report()).toMatchObject({ state: "unproven", code: "sandbox.not_isolated" });
    expect(ran()).toBe(false);
  });

  test("proven, it is not tried again between commands: each command proves itself", async () => {
    await bench.sandbox.probe();
    clock.advance(reproofIntervalMs * 10);
    expect(resultOf(await runs()).failed).toBe(false);
    expect(starts()).toBe(2);
  });
});
