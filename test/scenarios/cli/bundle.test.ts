/** The program as it ships: built, with its launcher, in a folder where no source is and no package but Node. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { repositoryRoot } from "../../architecture/source.ts";
import { createProgram, type FasedProgram, type RunningProgram } from "../../servers/fased-program.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import { TelegramServer, telegramBot } from "../../servers/telegram.ts";

const timeoutMs = 60_000;

let place: string;
let fased: FasedProgram;
let model: ScriptedModel;

/** Built from these very sources, whatever lies in `dist`. */
beforeAll(async () => {
  model = await startScriptedModel();
  place = mkdtempSync(join(tmpdir(), "fased-shipped-"));
  const [build, app] = [join(place, "build"), join(place, "app")];
  mkdirSync(build);
  for (const name of ["src", "scripts", "package.json", "node_modules"])
    symlinkSync(join(repositoryRoot, name), join(build, name));
  cpSync(join(repositoryRoot, "bin"), join(build, "bin"), { recursive: true });
  execFileSync(process.execPath, ["scripts/build.ts"], { cwd: build, stdio: ["ignore", "ignore", "inherit"] });
  mkdirSync(join(app, "node_modules"), { recursive: true });
  for (const name of ["bin", "dist"]) cpSync(join(build, name), join(app, name), { recursive: true });
  const nodes = readdirSync(join(repositoryRoot, "node_modules")).filter((name) => name.startsWith("node-linux-"));
  for (const name of nodes) symlinkSync(join(repositoryRoot, "node_modules", name), join(app, "node_modules", name));
  rmSync(build, { recursive: true });
}, timeoutMs);
afterAll(async () => {
  await model.close();
  rmSync(place, { recursive: true, force: true });
});

beforeEach(() => {
  fased = createProgram({ argv: ["/bin/sh", join(place, "app/bin/fased")], environment: { NODE_COMPILE_CACHE: "" } });
});
afterEach(() => fased.remove());

const portOf = (gateway: RunningProgram): string =>
  /Page {3}http:\/\/127\.0\.0\.1:(\d+)\//.exec(gateway.printed())?.[1] ?? "";

async function ended(gateway: RunningProgram): Promise<void> {
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
}

test(
  "answers with the offline model at the terminal, with bytes that only the tool could know",
  async () => {
    const gateway = await fased.gateway();
    const notes = join(fased.state, "workspace");
    mkdirSync(notes, { recursive: true, mode: 0o700 });
    writeFileSync(join(notes, "notes.md"), "the tide is at 14:07\n");
    const { code, out, err } = await fased.run("agent", "--message", "read notes.md", "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ status: "answered", text: expect.stringContaining("14:07") });
    const audit = await fased.run("security", "audit", "--strict=warn");
    expect(audit).toMatchObject({ code: 0, out: expect.stringContaining("0 critical · 0 warn") });
    await ended(gateway);
  },
  timeoutMs,
);

test(
  "answers over HTTP with a model server: the tool runs, and its result comes back in the answer",
  async () => {
    const provider = { baseUrl: `${model.origin}/v1`, apiKey: "scripted-key" };
    mkdirSync(join(fased.state, "workspace"), { recursive: true, mode: 0o700 });
    writeFileSync(join(fased.state, "workspace/notes.md"), "the tide is at 14:07\n");
    writeFileSync(join(fased.state, ".env"), "FASED_GATEWAY_TOKEN=a-token-for-tests-that-is-long-enough\n", {
      mode: 0o600,
    });
    writeFileSync(
      join(fased.state, "fased.json"),
      JSON.stringify({
        gateway: { http: { endpoints: { chatCompletions: { enabled: true } } } },
        agents: { defaults: { model: "scripted/scripted" } },
        tools: { profile: "messaging", ownerProfile: "owner" },
        models: { providers: { scripted: provider } },
      }),
      { mode: 0o600 },
    );
    model.play({
      rules: [],
      otherwise: [{ calls: [{ name: "read", arguments: { path: "notes.md" } }] }, { text: "It says: {{result}}" }],
    });
    const gateway = await fased.gateway();
    const response = await fetch(`http://127.0.0.1:${portOf(gateway)}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: "Bearer a-token-for-tests-that-is-long-enough",
        "content-type": "application/json",
      },
      body: JSON.stringify({ model: "fased", messages: [{ role: "user", content: "what do my notes say?" }] }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      choices: [{ message: { role: "assistant", content: expect.stringContaining("It says: the tide is at 14:07") } }],
    });
    expect(model.requests).toHaveLength(2);
    await ended(gateway);
    expect(existsSync(join(fased.state, "gateway.sock"))).toBe(false);
  },
  timeoutMs,
);

test(
  "starts with its channels and hears a message, without a warning of Node's",
  async () => {
    const server = new TelegramServer(`${telegramBot.id}:test`);
    await server.start();
    mkdirSync(fased.state, { mode: 0o700 });
    const telegram = { botToken: server.token, apiRoot: server.root, dmPolicy: "allowlist", allowFrom: ["1001"] };
    const files = {
      ".env": "FASED_GATEWAY_TOKEN=a-token-for-tests-that-is-long-enough\n",
      "fased.json": JSON.stringify({ channels: { telegram, irc: { host: "127.0.0.1", port: 1, tls: false } } }),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(fased.state, name), text, { mode: 0o600 });
    const gateway = await fased.gateway();
    server.say({ from: 1001, text: "help" });
    await expect.poll(() => server.sent.length, { timeout: 20_000 }).toBeGreaterThan(0);
    gateway.signal("SIGTERM");
    const { code, err } = await gateway.ended;
    expect({ code, warnings: err.match(/^\(node:.*$/gm) }).toEqual({ code: 0, warnings: null });
    await server.stop();
  },
  timeoutMs,
);
