import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProgram, type FasedProgram } from "../../servers/fased-program.ts";
import { startScriptedModel } from "../../servers/scripted-model.ts";

let fased: FasedProgram;

beforeEach(() => {
  fased = createProgram();
});

afterEach(() => fased.remove());

test("the first start writes the config, greets with a log-in link, serves the CLI, and ends at SIGTERM", async () => {
  const gateway = await fased.gateway();
  expect(gateway.printed()).toMatch(/Wrote a safe config to ~\/\.fased\/fased\.json and a new token beside it\./);
  expect(gateway.printed()).toMatch(/ {2}Open {3}http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{43}\n/);
  expect(gateway.printed()).toMatch(
    /Commands run in a sandbox that proved itself|No sandbox: .+\n {2}Why: .+\n {2}Fix: .+/,
  );

  const talk = await fased.run("agent", "--message", "list files", "--json");
  expect(talk.code).toBe(0);
  expect(JSON.parse(talk.out)).toMatchObject({ status: "answered", tools: [{ failed: false }] });

  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
  expect((await fased.run("health")).code).toBe(69);
}, 60_000);

test("a broken config starts recovery mode, which says what to mend and still lets its owner in", async () => {
  const first = await fased.gateway();
  first.signal("SIGINT");
  await first.ended;
  writeFileSync(join(fased.state, "fased.json"), "{ gateway: { bnd: 1 } }", { mode: 0o600 });
  const gateway = await fased.gateway();
  expect(gateway.printed()).toContain("recovery mode");
  expect(gateway.printed()).toContain("gateway.bnd");
  const link = await fased.run("dashboard", "--no-open");
  expect(link.code).toBe(0);
  expect(link.out).toContain("#code=");
  expect((await fased.run("status")).out).toMatch(/! gateway\.bnd \(line 1\)\n {2}.+\n {2}Fix: did you mean `bind`\?/);
  const status = await fased.run("status", "--json");
  expect(status.code).toBe(0);
  expect(JSON.parse(status.out)).toMatchObject({ running: true, mode: "recovery" });
}, 60_000);

test("a token that the config cannot be read for is told as that by every command, until it is mended", async () => {
  mkdirSync(fased.state, { mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(fased.state, name), text, { mode: 0o600 });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference in the config, not in this text
  write("fased.json", '{ gateway: { auth: { token: "${NOT_SET}" } } }');
  const gateway = await fased.gateway();
  expect(gateway.printed()).toContain("recovery mode");
  for (const words of [["status"], ["health"], ["agent", "--message", "help"]]) {
    expect(await fased.run(...words)).toEqual({
      code: 1,
      out: "",
      err: [
        "Error: the config cannot be read, and so there is no log-in for the Gateway: gateway.auth.token (line 1): the variable NOT_SET is not set",
        "Fix: set NOT_SET in the environment or in the .env file of the state directory; `fased config validate` lists every mistake",
        "",
      ].join("\n"),
    });
  }
  write(".env", "NOT_SET=a-token-for-tests-that-is-long-enough\n");
  gateway.signal("SIGTERM");
  await gateway.ended;
  await fased.gateway();
  expect((await fased.run("health")).code).toBe(0);
}, 60_000);

test("a command waits out the pauses between its attempts, and ends with its own answer", async () => {
  const server = await startScriptedModel({ rules: [], otherwise: [{ fault: { kind: "status", status: 503 } }] });
  const at = ["--base-url", `${server.origin}/v1`, "--model", "m", "--no-key"];
  const added = await fased.run("models", "auth", "add", "mine", ...at);
  expect(added.code).toBe(1);
  expect(added.err).toContain("Error: ");
  expect(server.requests.length).toBeGreaterThan(1);
  await server.close();
}, 60_000);

test.each(["with space and ü🙂", "new\nline", "long".repeat(40), "quote'\"$(touch pwned)"])(
  "a home called %j starts, talks and stops",
  async (name) => {
    const home = join(fased.home, name);
    mkdirSync(home);
    const there = createProgram({ environment: { HOME: home } });
    try {
      const gateway = await there.gateway();
      const talk = await there.run("agent", "--message", "add buy milk to todo.md");
      expect(talk).toMatchObject({ code: 0, out: expect.stringContaining("buy milk") });
      expect(readFileSync(join(home, ".fased/workspace/todo.md"), "utf8")).toBe("buy milk\n");
      const again = JSON.parse((await there.run("agent", "--message", "add milk to new.md", "--json")).out);
      expect(again.tools.map(({ failed }: { failed: boolean }) => failed)).toEqual([false, false]);
      gateway.signal("SIGTERM");
      expect((await gateway.ended).code).toBe(0);
    } finally {
      await there.remove();
    }
  },
  60_000,
);
