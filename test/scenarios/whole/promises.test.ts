import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { connectGateway } from "../../../src/cli/gateway-client.ts";
import { Secret } from "../../../src/platform/secret.ts";
import { ask, configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { verifies } from "../../requirements.ts";

let whole: Whole;
afterEach(async () => whole.remove());

const owner = `security: { owners: [{ channel: "telegram", id: "1" }] },`;
const telegramWith = (settings: string) => configWith(`${owner} channels: { telegram: { ${settings} } },`);

async function startTelegram(settings: string): Promise<ReturnType<Whole["channel"]>> {
  whole = await startWhole({
    config: telegramWith(settings),
    channels: ["telegram"],
    files: { "notes.md": "the tide is at 14:07\n" },
  });
  return whole.channel("telegram");
}

const heardBy = (chat: string) =>
  whole
    .channel("telegram")
    .heard.filter(({ target }) => target.chat === chat)
    .map(({ text }) => text)
    .join("\n");

async function dropped(code: string): Promise<void> {
  const operator = await whole.operator();
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (JSON.stringify(await operator.call("messages.why", {})).includes(code)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no message was dropped with ${code}`);
}

describe("direct chats", () => {
  test("allowlist: who is listed is answered, who is not hears nothing", async () => {
    verifies("dm.allowlist", "injection.pairing-and-allowlists");
    const telegram = await startTelegram(`dmPolicy: "allowlist", allowFrom: ["77"]`);
    await telegram.say({ from: "78", text: "help" });
    await telegram.say({ from: "77", text: "help" });
    await eventually(() => heardBy("77") !== "", "an answer to the listed sender");
    await dropped("dm.not_listed");
    expect(heardBy("78")).toBe("");
  });

  test('open: anyone is answered, and only an explicit "*" makes it so', async () => {
    verifies("dm.open");
    const telegram = await startTelegram(`dmPolicy: "open", allowFrom: ["*"]`);
    await telegram.say({ from: "78", text: "help" });
    await eventually(() => heardBy("78") !== "", "an answer to anyone");
    await whole.remove();

    await startTelegram(`dmPolicy: "open"`);
    expect(whole.started.problems.map(({ path }) => path)).toContainEqual(expect.stringMatching(/^channels\.telegram/));
  });

  test("disabled: messages are ignored, the owner's too, and the web chat still answers", async () => {
    verifies("dm.disabled", "incident.freeze-channels");
    const telegram = await startTelegram(`dmPolicy: "disabled"`);
    await telegram.say({ from: "78", text: "help" });
    await telegram.say({ from: "1", text: "help" });
    await dropped("dm.disabled");
    expect(await ask(await whole.operator(), "read notes.md")).toContain("14:07");
    expect(telegram.heard).toEqual([]);
  });

  test("two people have two conversations, and the id of a conversation opens none", async () => {
    verifies("dm.scope-per-channel-peer", "trust.session-keys-are-selectors", "network.session-key-is-no-auth");
    const telegram = await startTelegram(`dmPolicy: "allowlist", allowFrom: ["77", "78", "agent:main:main"]`);
    expect(await ask(await whole.operator(), "read notes.md")).toContain("14:07");
    for (const from of ["77", "78", "agent:main:main"]) await telegram.say({ from, text: "/status" });
    await eventually(() => ["77", "78", "agent:main:main"].every((chat) => heardBy(chat) !== ""), "three answers");
    const sessions = ["77", "78", "agent:main:main"].map((chat) => /Conversation: (.*)/.exec(heardBy(chat))?.[1]);
    expect(new Set([...sessions, "agent:main:main"]).size).toBe(4);
    await telegram.say({ from: "agent:main:main", text: "read notes.md" });
    await eventually(() => telegram.heard.length >= 4, "an answer");
    expect(heardBy("agent:main:main")).not.toContain("14:07");
  });
});

describe("a person who writes to two accounts of one channel", () => {
  const accounts = `accounts: {
    default: { dmPolicy: "allowlist", allowFrom: ["77"] }, work: { dmPolicy: "allowlist", allowFrom: ["77"] },
  }`;

  async function conversations(scope: string): Promise<readonly (string | undefined)[]> {
    const names = ["telegram", "telegram/work"];
    const config = telegramWith(accounts).replace('dmScope: "per-channel-peer"', `dmScope: "${scope}"`);
    whole = await startWhole({ config, channels: names });
    for (const name of names) await whole.channel(name).say({ from: "77", text: "/status" });
    const heard = () =>
      names.map((name) =>
        whole
          .channel(name)
          .heard.map(({ text }) => text)
          .join(""),
      );
    await eventually(() => heard().every((text) => text !== ""), "two answers");
    return heard().map((text) => /Conversation: (.*)/.exec(text)?.[1]);
  }

  test("has two conversations with per-account-channel-peer, and one without", async () => {
    verifies("dm.scope-per-account");
    const [one, other] = await conversations("per-account-channel-peer");
    expect([one, other]).toEqual([expect.stringContaining("77"), expect.stringContaining("work")]);
    expect(one).not.toBe(other);
    await whole.remove();
    const [same, too] = await conversations("per-channel-peer");
    expect(same).toBe(too);
  });
});

describe("the log", () => {
  const botToken = "4242424242:AAEhBOweik9fFMMlbE9mcFCgBuAJkRzPbRE";
  const known = "config-secret-of-no-known-shape";
  const pasted = "sk-pasted0123456789abcdef";

  async function logged(mode: string): Promise<{ log: string; tail: string; ledger: string }> {
    const config = telegramWith("").replace("logging: {", `logging: { redactSensitive: "${mode}",`);
    whole = await startWhole({
      config: config.replace("{\n", `{\n  models: { providers: { mine: { apiKey: "${known}" } } },\n`),
      channels: ["telegram"],
    });
    whole.channel("telegram").complain(`POST /bot${botToken}/sendMessage with ${known} failed`, {
      request: { headers: { Authorization: `Bearer ${pasted}` } },
      note: `the sender wrote API_KEY=${pasted}`,
    });
    const operator = await whole.operator();
    await ask(operator, `run on the host: curl -H "Authorization: Bearer ${pasted}"`);
    const tail = JSON.stringify(await operator.call("logs.tail", {}));
    const ledger = JSON.stringify(await operator.call("ledger.list", {}));
    await whole.stop();
    const folder = join(whole.state, "logs");
    const log = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
    return { log, tail, ledger };
  }

  test("holds what went wrong and no secret, and neither does the ledger", async () => {
    verifies("logs.redaction");
    const { log, tail, ledger } = await logged("tools");
    for (const text of [log, tail]) expect(text).toMatch(/POST \/bot.*\/sendMessage with .* failed/);
    expect(ledger).toContain("curl -H");
    const all = [log, tail, ledger].join("\n");
    expect([botToken, known, pasted].filter((secret) => all.includes(secret))).toEqual([]);
  });

  test("without the setting holds what looks like a secret, never one of the config, and the audit says so", async () => {
    const { log, ledger } = await logged("off");
    expect([botToken, pasted].filter((secret) => log.includes(secret))).toEqual([botToken, pasted]);
    expect(ledger).toContain(pasted);
    expect(log).not.toContain(known);
    whole = await whole.restart();
    const audit = JSON.stringify(await (await whole.operator()).call("security.audit", {}));
    expect(audit).toContain("logging.redact_off");
  });
});

describe("tools of people who are not the owner", () => {
  test("they read no file and run no command; the owner does", async () => {
    verifies("tools.files", "tools.exec", "injection.minimal-tools");
    const telegram = await startTelegram(`dmPolicy: "allowlist", allowFrom: ["77"]`);
    for (const text of ["read notes.md", "run cat notes.md"]) {
      const before = telegram.heard.length;
      await telegram.say({ from: "77", text });
      await eventually(() => telegram.heard.length > before, "an answer");
    }
    expect(heardBy("77")).not.toContain("14:07");
    const operator = await whole.operator();
    expect(await operator.call("exec.approval.list", {})).toEqual({ approvals: [] });
    await telegram.say({ from: "1", text: "read notes.md" });
    await eventually(() => heardBy("1").includes("14:07"), "the owner's answer");
  });
});

describe("the door", () => {
  test("loopback with a token: without it, or with another one, nobody is an operator", async () => {
    verifies("network.auth-required", "network.loopback-with-token", "ui.token-mode");
    whole = await startWhole();
    const url = `ws://127.0.0.1:${whole.started.port}/`;
    const wrong = { kind: "token", secret: new Secret("not-the-token-of-this-gateway") } as const;
    await expect(connectGateway({ url, credential: wrong }, { version: "0.0.0" })).rejects.toThrow();
    await expect(connectGateway({ url, credential: undefined }, { version: "0.0.0" })).rejects.toThrow();
    const operator = await whole.operator();
    expect(await operator.call("health", {})).toMatchObject({ ok: true });
  });
});

describe("private files", () => {
  test("after a pairing and a chat every folder is 0700 and every file 0600, and no log holds the token", async () => {
    verifies("files.modes", "files.config", "files.credentials", "files.sessions");
    const telegram = await startTelegram("");
    await telegram.say({ from: "78", text: "hello" });
    await eventually(() => telegram.heard.length === 1, "the pairing code");
    await ask(await whole.operator(), "read notes.md");
    const entries = readdirSync(whole.state, { recursive: true, withFileTypes: true })
      .filter((entry) => !join(entry.parentPath, entry.name).startsWith(whole.workspace))
      .map((entry) => join(entry.parentPath, entry.name));
    const open = entries.filter((path) => {
      const facts = lstatSync(path);
      return (facts.mode & 0o777) !== (facts.isDirectory() ? 0o700 : 0o600);
    });
    expect(open.map((path) => path.slice(whole.state.length + 1))).toEqual([]);
    expect(entries.map((path) => path.slice(whole.state.length + 1))).toEqual(
      expect.arrayContaining(["fased.json", "credentials/telegram-pairing.json", "agents/main/sessions/sessions.db"]),
    );
    const token = /^FASED_GATEWAY_TOKEN=(.+)$/m.exec(readFileSync(join(whole.state, ".env"), "utf8"))?.[1] ?? "";
    const logs = entries.filter((path) => path.includes("/logs/") && lstatSync(path).isFile());
    expect(logs.length).toBeGreaterThan(0);
    for (const path of logs) expect(readFileSync(path, "utf8")).not.toContain(token);
  });
});
