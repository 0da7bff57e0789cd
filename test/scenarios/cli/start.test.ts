import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** The program as it is started, from its sources. */
const main = join(import.meta.dirname, "../../../src/main.ts");

let state: string;
let started: ChildProcess[] = [];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "fased-cli-"));
});

afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  started = [];
  rmSync(state, { recursive: true, force: true });
});

type Program = {
  readonly printed: () => string;
  /** Resolves when the output holds it. */
  says(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
};

function fased(...words: string[]): Program {
  const child = spawn(process.execPath, ["--no-warnings", main, ...words], {
    env: { PATH: "/usr/bin:/bin", HOME: state, FASED_STATE_DIR: join(state, "s"), NO_COLOR: "1" },
  });
  started.push(child);
  let text = "";
  const collect = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return {
    printed: () => text,
    says: (wanted) => expect.poll(() => text, { timeout: 20_000 }).toContain(wanted),
    ended: new Promise((resolve) => child.once("exit", resolve)),
    signal: (name) => child.kill(name),
  };
}

test("the first start writes the config, greets with a log-in link, serves the CLI, and ends at SIGTERM", async () => {
  const gateway = fased("start", "--port", "0");
  await gateway.says("Ctrl-C stops it.");
  expect(gateway.printed()).toMatch(/Wrote a safe config to ~\/s\/fased\.json and a new token beside it\./);
  expect(gateway.printed()).toMatch(/ {2}Open {3}http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{43}\n/);
  expect(gateway.printed()).toMatch(
    /Commands run in a sandbox that proved itself|No sandbox: .+\n {2}Why: .+\n {2}Fix: .+/,
  );

  const talk = fased("agent", "--message", "list files", "--json");
  expect(await talk.ended).toBe(0);
  expect(JSON.parse(talk.printed())).toMatchObject({ status: "answered", tools: [{ failed: false }] });

  const second = fased("gateway", "run", "--port", "0");
  expect(await second.ended).toBe(78);
  expect(second.printed()).toContain("Another Gateway");

  gateway.signal("SIGTERM");
  expect(await gateway.ended).toBe(0);
  const after = fased("health");
  expect(await after.ended).toBe(69);
}, 60_000);

test("a broken config starts recovery mode, which says what to mend and still lets its owner in", async () => {
  const paths = join(state, "s");
  rmSync(paths, { recursive: true, force: true });
  const first = fased("start", "--port", "0");
  await first.says("Ctrl-C stops it.");
  first.signal("SIGINT");
  await first.ended;
  writeFileSync(join(paths, "fased.json"), "{ gateway: { bnd: 1 } }", { mode: 0o600 });
  const gateway = fased("start", "--port", "0");
  await gateway.says("Ctrl-C stops it.");
  expect(gateway.printed()).toContain("recovery mode");
  expect(gateway.printed()).toContain("gateway.bnd");
  const link = fased("dashboard", "--no-open");
  expect(await link.ended).toBe(0);
  expect(link.printed()).toContain("#code=");
  const status = fased("status", "--json");
  expect(await status.ended).toBe(0);
  expect(JSON.parse(status.printed())).toMatchObject({ running: true, mode: "recovery" });
}, 60_000);

test("a port that is taken is exit 78 and says how to take another", async () => {
  const gateway = fased("start", "--port", "0", "--json");
  await gateway.says('"url"');
  const { port } = new URL((JSON.parse(gateway.printed()) as { url: string }).url);
  const other = spawn(process.execPath, ["--no-warnings", main, "gateway", "run", "--port", port], {
    env: { PATH: "/usr/bin:/bin", HOME: state, FASED_STATE_DIR: join(state, "t"), NO_COLOR: "1" },
  });
  started.push(other);
  let text = "";
  other.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  expect(await new Promise((resolve) => other.once("exit", resolve))).toBe(78);
  expect(text).toContain("--port");
}, 60_000);
