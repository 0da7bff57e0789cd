import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-kill-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const child = join(import.meta.dirname, "kill-child.ts");

type Told = { readonly outcome: { readonly kind: string; readonly text?: string }; readonly answers: number };

function live(start: "message" | "restart" | "approval", killPoint?: string): Told | "killed" {
  const ended = spawnSync(process.execPath, [child, folder, start, ...(killPoint ? [killPoint] : [])], {
    encoding: "utf8",
    timeout: 30_000,
  });
  if (ended.signal === "SIGKILL") return "killed";
  expect(ended.stderr).toBe("");
  return JSON.parse(ended.stdout) as Told;
}

const effects = () => (existsSync(join(folder, "effects")) ? readFileSync(join(folder, "effects"), "utf8") : "");

describe("kill -9 in a turn with a tool call", () => {
  it.each([
    ["run.started", "bytes 9e2c"],
    ["model.answered", "bytes 9e2c"],
    ["calls.stored", "bytes 9e2c"],
    // The call may have acted or not: nobody knows, so it is told and not repeated.
    ["step.started", "Outcome unknown"],
    ["step.ran", "Outcome unknown"],
    ["step.finished", "bytes 9e2c"],
    ["result.stored", "bytes 9e2c"],
    ["model.answered:2", "bytes 9e2c"],
    ["answer.stored", "bytes 9e2c"],
  ])(
    "at %s: the message is answered once, and no tool runs twice",
    (point, text) => {
      expect(live("message", point)).toBe("killed");
      expect(live("restart")).toMatchObject({
        outcome: { kind: "answered", text: expect.stringContaining(text) },
        answers: 1,
      });
      expect(effects()).toBe(point === "step.started" ? "" : "read\n");
    },
    60_000,
  );
});

describe("a run that was answered", () => {
  it("is not answered again, however often it is taken up", () => {
    const first = live("message");
    expect(live("restart")).toEqual(first);
    expect(effects()).toBe("read\n");
  }, 60_000);
});

describe("kill -9 in a turn that waits for its owner", () => {
  beforeEach(() => writeFileSync(join(folder, "parks"), ""));

  it.each(["run.parking", "run.parked"])(
    "at %s: it still waits, then goes on once",
    (point) => {
      expect(live("message", point)).toBe("killed");
      expect(live("restart")).toMatchObject({ outcome: { kind: "parked" }, answers: 0 });
      expect(live("approval")).toMatchObject({ outcome: { kind: "answered" }, answers: 1 });
      expect(effects()).toBe("exec\n");
    },
    60_000,
  );

  it("at run.resumed: the approved call has not run, and goes on at the next start", () => {
    expect(live("message")).toMatchObject({ outcome: { kind: "parked" } });
    expect(live("approval", "run.resumed")).toBe("killed");
    expect(effects()).toBe("");
    expect(live("approval")).toMatchObject({ outcome: { kind: "answered" }, answers: 1 });
    expect(effects()).toBe("exec\n");
  }, 60_000);
});
