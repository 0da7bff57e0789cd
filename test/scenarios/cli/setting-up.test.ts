import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Prompts } from "../../../src/cli/prompts.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { type CliRun, runCli } from "../../fakes/cli.ts";
import { commands } from "../../fakes/cli-gateway.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

let state: string;
let server: ScriptedModel;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "fased-cli-"));
  server = await startScriptedModel();
});

afterEach(async () => {
  await server.close();
  rmSync(state, { recursive: true, force: true });
});

const run = (words: readonly string[], more: Partial<CliRun> = {}) => runCli(words, { state, commands, ...more });
const loaded = () => loadConfig({ environment: { FASED_STATE_DIR: state } });
const profiles = () => join(state, "agents", "main", "agent", "auth-profiles.json");
const key = "sk-test-0123456789abcdef";

describe("models auth", () => {
  const add = () => ["models", "auth", "add", "mine", "--base-url", `${server.origin}/v1`, "--model", "scripted"];

  test("a key from standard input is tested live and stored in a private file, never printed", async () => {
    const { code, out, err } = await run([...add(), "--key-stdin"], { stdin: `${key}\n` });
    expect({ code, err }).toEqual({ code: 0, err: "Testing mine …\n" });
    expect(out).toMatch(/^mine\/scripted answered in \d+ ms; the key is stored\.\n$/);
    expect(readFileSync(profiles(), "utf8")).toContain(key);
    expect(statSync(profiles()).mode & 0o777).toBe(0o600);
    const status = JSON.parse((await run(["models", "status", "--json"])).out) as { providers: unknown[] };
    expect(status.providers).toContainEqual({ provider: "mine", state: "ok", source: "profile" });
    expect((await run(["models", "auth", "remove", "mine"])).out).toBe("Forgot the key of mine.\n");
    expect((await run(["models", "auth", "remove", "mine"])).code).toBe(1);
  });

  test("a provider that nobody knows is named before any key is asked for", async () => {
    expect(await run(["models", "auth", "add", "antropic", "--key-stdin"], { stdin: `${key}\n` })).toEqual({
      code: 2,
      out: "",
      err: [
        "Error: no provider is called `antropic`",
        "Fix: did you mean `anthropic`? Known: anthropic, openai, openrouter. Another server needs --base-url and --model",
        "",
      ].join("\n"),
    });
    expect((await run(["models", "auth", "add", "nope", "--no-key"])).err).toMatch(/`nope`\nFix: Known: anthropic, /);
    expect(existsSync(profiles())).toBe(false);
  });

  test("a key that fails its test is not stored", async () => {
    server.play({ rules: [], otherwise: [{ fault: { kind: "status", status: 401 } }] });
    const { code, out, err } = await run([...add(), "--key-env", "MY_KEY"], { environment: { MY_KEY: key } });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^Testing mine …\nError: .+\n/);
    expect(`${out}${err}`).not.toContain(key);
    expect(existsSync(profiles())).toBe(false);
  });

  test("the key is never a word of the command, and is asked for only at a terminal", async () => {
    expect((await run([...add(), key])).code).toBe(2);
    const unasked = await run(add());
    expect(unasked).toMatchObject({ code: 2, out: "" });
    expect(unasked.err).toContain("--key-stdin, --key-env NAME or --no-key");
    expect((await run([...add(), "--key-stdin"], { stdin: "\n" })).code).toBe(2);
    expect((await run([...add(), "--key-env", "ABSENT"])).code).toBe(2);
    const prompts: Prompts = { ...silent, secret: async () => new Secret(key) };
    expect((await run(add(), { prompts })).code).toBe(0);
  });

  test("the model that answers is set in the config", async () => {
    expect((await run(["models", "set", "mine/scripted"])).code).toBe(0);
    expect(loaded().config.agents.defaults.model?.primary).toBe("mine/scripted");
  });
});

const unexpected = () => Promise.reject(new Error("this is not asked"));
const silent: Prompts = {
  say: () => undefined,
  confirm: unexpected,
  text: unexpected,
  secret: unexpected,
  choose: unexpected,
};

/** A person who gives these answers, in order. */
function person(answers: readonly (string | boolean)[]): Prompts & { readonly rest: (string | boolean)[] } {
  const rest = [...answers];
  const next = async (): Promise<string | boolean> => {
    const answer = rest.shift();
    if (answer === undefined) throw new Error("one question too many");
    return answer;
  };
  return {
    rest,
    say: () => undefined,
    confirm: async () => (await next()) === true,
    text: async () => String(await next()),
    secret: async () => new Secret(String(await next())),
    async choose(_message, choices) {
      const answer = await next();
      const found = choices.find(({ value }) => value === answer);
      if (!found) throw new Error(`\`${answer}\` is not offered`);
      return found.value;
    },
  };
}

describe("onboard", () => {
  test("without a terminal it needs --non-interactive, and that needs --accept-risk", async () => {
    for (const words of [["onboard"], ["onboard", "--non-interactive"]]) {
      expect(await run(words)).toMatchObject({ code: 2, out: "" });
      expect(existsSync(join(state, "fased.json"))).toBe(false);
    }
  });

  test("it writes the safe config, a workspace, a tested key and a channel whose secret stays out of the config", async () => {
    const { code, out } = await run(
      [
        ...["onboard", "--non-interactive", "--accept-risk", "--json", "--workspace", "/srv/notes"],
        ...["--provider", "mine", "--base-url", `${server.origin}/v1`, "--model", "scripted", "--no-key"],
        ...["--channel", "telegram", "--telegram-token-env", "BOT"],
      ],
      { environment: { BOT: "123:abc" } },
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      config: "written",
      workspace: "/srv/notes",
      model: { provider: "mine", model: "scripted", latencyMs: expect.any(Number) },
      channel: "telegram",
    });
    const { status, config, text } = loaded();
    expect(status).toBe("ok");
    expect(text).not.toContain("123:abc");
    expect(config.channels.telegram?.accounts["default"]?.botToken?.reveal()).toBe("123:abc");
    expect(statSync(join(state, ".env")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(state, ".env"), "utf8")).toMatch(/^FASED_GATEWAY_TOKEN=.+\nTELEGRAM_BOT_TOKEN=123:abc\n$/);
  });

  test("IRC is set up with its server and nickname", async () => {
    const words = ["onboard", "--non-interactive", "--accept-risk", "--channel", "irc"];
    expect((await run(words)).code).toBe(2);
    const { code } = await run([
      ...words,
      "--irc-host",
      "irc.example.org",
      "--irc-nick",
      "bot",
      "--irc-channels",
      "#a, #b",
    ]);
    expect(code).toBe(0);
    expect(loaded().config.channels.irc?.accounts["default"]).toMatchObject({
      host: "irc.example.org",
      nick: "bot",
      channels: ["#a", "#b"],
      dmPolicy: "pairing",
    });
  });

  test("a person is asked for each part, and may try a failed key again", async () => {
    const prompts = person([
      ...[true, "~/notes"],
      ...["other", "mine", "http://127.0.0.1:1/v1", "scripted", ""],
      ...["other", "mine", `${server.origin}/v1`, "scripted", key],
      ...["irc", "irc.example.org", "bot"],
    ]);
    const { code, out } = await run(["onboard"], { prompts });
    expect({ code, rest: prompts.rest }).toEqual({ code: 0, rest: [] });
    expect(out).toContain("Model      mine/scripted (answered in");
    expect(out).toContain("Next: fased start");
  });

  test("who does not accept the risk changes nothing", async () => {
    const { code } = await run(["onboard"], { prompts: person([false]) });
    expect(code).toBe(130);
    expect(existsSync(join(state, "fased.json"))).toBe(false);
  });
});
