/** Telegram with real programs: pairing and its end at the terminal, and a server that moves, all without a restart. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProgram, type FasedProgram } from "../../servers/fased-program.ts";
import { TelegramServer, telegramBot } from "../../servers/telegram.ts";

const timeoutMs = 60_000;
const [ann, bob] = [1001, 1002];

let fased: FasedProgram;
let servers: TelegramServer[];
beforeEach(() => {
  fased = createProgram();
  servers = [];
});
afterEach(async () => {
  await fased.remove();
  for (const server of servers) await server.stop();
});

async function botApi(token = `${telegramBot.id}:test`, firstMessage = 1): Promise<TelegramServer> {
  const server = new TelegramServer(token, { firstMessage });
  servers.push(server);
  await server.start();
  return server;
}

async function started(server: TelegramServer, channel: object = {}): Promise<void> {
  const files = {
    ".env": "FASED_GATEWAY_TOKEN=a-token-for-tests-that-is-long-enough\n",
    "fased.json": JSON.stringify({
      session: { dmScope: "per-channel-peer" },
      channels: { telegram: { botToken: server.token, apiRoot: server.root, ...channel } },
    }),
  };
  mkdirSync(fased.state, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(fased.state, name), text, { mode: 0o600 });
  await fased.gateway();
}

const heardBy = (server: TelegramServer, chat: number) =>
  server.sent.filter(({ chatId }) => chatId === String(chat)).map(({ text }) => text);

/** Says something; resolves with what that chat hears next. */
async function answerTo(server: TelegramServer, from: number, text: string): Promise<string> {
  const before = heardBy(server, from).length;
  server.say({ from, text });
  await expect.poll(() => heardBy(server, from).length, { timeout: 20_000 }).toBeGreaterThan(before);
  return heardBy(server, from)[before] ?? "";
}

const codeIn = (text: string) => /\b[A-HJ-NP-Z2-9]{8}\b/.exec(text)?.[0] ?? "";

test(
  "a stranger gets a code, is approved, chats, and is a stranger again once the pairing is revoked",
  async () => {
    const server = await botApi();
    await started(server);
    for (const person of [ann, bob]) {
      const code = codeIn(await answerTo(server, person, "help"));
      expect(code).not.toBe("");
      const approved = await fased.run("pairing", "approve", "telegram", code);
      expect(approved.out).toContain(`${person} may write to you on telegram now.`);
      expect(await answerTo(server, person, "help")).toContain("offline assistant");
    }
    const revoked = await fased.run("pairing", "revoke", "telegram", String(ann));
    expect(revoked).toMatchObject({ code: 0, out: `${ann} is no longer let in on telegram.\n` });

    const again = await answerTo(server, ann, "help");
    expect(again).not.toContain("offline assistant");
    expect(codeIn(again)).not.toBe("");
    expect(await answerTo(server, bob, "help")).toContain("offline assistant");
    expect((await fased.run("why", "--last")).out).toContain("dm.pairing_required");
    const { out } = await fased.run("pairing", "list", "--json");
    expect(JSON.parse(out)).toMatchObject({
      requests: [{ channel: "telegram", senderId: String(ann) }],
      approved: [{ channel: "telegram", id: String(bob) }],
    });
  },
  timeoutMs,
);

/** Takes what waits, as a script does: it names the hash that it read. */
async function accept(): Promise<string> {
  const waiting = async () => {
    const status = await fased.run("status", "--json");
    return (JSON.parse(status.out) as { waiting: { policy: string | null } }).waiting.policy;
  };
  await expect.poll(waiting, { timeout: 20_000 }).not.toBeNull();
  return (await fased.run("config", "accept", "--expect", (await waiting()) ?? "")).out;
}

test(
  "a server that moves is followed once its owner took the new address, and the old one is left",
  async () => {
    const [old, next] = [await botApi(), await botApi(undefined, 1_000)];
    await started(old, { dmPolicy: "allowlist", allowFrom: [String(ann)] });
    expect(await answerTo(old, ann, "help")).toContain("offline assistant");
    expect((await fased.run("config", "set", "channels.telegram.apiRoot", next.root)).code).toBe(0);
    next.say({ from: ann, text: "help" });
    expect(await accept()).toContain("channels.telegram.accounts.default.apiRoot");
    expect(await answerTo(next, ann, "help")).toContain("offline assistant");

    const before = old.sent.length;
    old.say({ from: ann, text: "help" });
    expect(await answerTo(next, ann, "help")).toContain("offline assistant");
    expect(old.sent).toHaveLength(before);
    expect((await fased.run("config", "accept")).out).toBe("Nothing waits for consent.\n");
  },
  timeoutMs,
);

test(
  "another bot in the same account is heard from its first message on",
  async () => {
    const [old, other] = [await botApi(), await botApi("4343:test")];
    await started(old, { dmPolicy: "allowlist", allowFrom: [String(ann)] });
    expect(await answerTo(old, ann, "help")).toContain("offline assistant");
    expect(await answerTo(old, ann, "help")).toContain("offline assistant");
    const both = JSON.stringify({
      botToken: other.token,
      apiRoot: other.root,
      dmPolicy: "allowlist",
      allowFrom: [String(ann)],
    });
    expect((await fased.run("config", "set", "channels.telegram", both)).code).toBe(0);
    await accept();
    expect(await answerTo(other, ann, "help")).toContain("offline assistant");
    expect(await answerTo(other, ann, "help")).toContain("offline assistant");
  },
  timeoutMs,
);
