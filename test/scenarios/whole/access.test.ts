import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ask, configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { verifies } from "../../requirements.ts";

let whole: Whole;
afterEach(async () => whole.remove());

const owner = `security: { owners: [{ channel: "telegram", id: "1" }] },`;

describe("a pairing direct chat", () => {
  test("a stranger gets one code, the message is not processed, the owner approves, then the stranger chats", async () => {
    verifies("dm.pairing");
    whole = await startWhole({ config: configWith("channels: { telegram: {} }"), channels: ["telegram"] });
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "77", text: "read notes.md" });
    await eventually(() => telegram.heard.length === 1, "the pairing code");
    const code = /\b[A-HJ-NP-Z2-9]{8}\b/.exec(telegram.heard[0]?.text ?? "")?.[0];
    expect(code).toBeDefined();
    await telegram.say({ from: "77", text: "hello?" });
    const operator = await whole.operator();
    await eventually(() => telegram.heard.length === 1, "still one message");

    const listed = await operator.call<{ requests: { senderId: string; requestId: string }[] }>(
      "channels.pairing.list",
      {},
    );
    expect(listed.requests.map(({ senderId }) => senderId)).toEqual(["77"]);
    await operator.call("channels.pairing.approve", {
      channel: "telegram",
      accountId: "default",
      requestId: listed.requests[0]?.requestId,
    });
    await telegram.say({ from: "77", text: "help" });
    await eventually(() => telegram.heard.length >= 2, "an answer");
    expect(telegram.heard.at(-1)?.text).not.toContain(code);
  });

  test("a paired sender reads no file, the owner in the same channel does", async () => {
    whole = await startWhole({
      config: configWith(`${owner} channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["77"] } },`),
      channels: ["telegram"],
      files: { "notes.md": "the tide is at 14:07\n" },
    });
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "77", text: "read notes.md" });
    await eventually(() => telegram.heard.length === 1, "an answer to the listed sender");
    expect(telegram.heard[0]?.text).not.toContain("14:07");
    await telegram.say({ from: "1", text: "read notes.md" });
    await eventually(() => telegram.heard.length === 2, "an answer to the owner");
    expect(telegram.heard[1]?.text).toContain("14:07");
  });
});

describe("an owner by pairing", () => {
  type Listed = { readonly requests: readonly { senderId: string; requestId: string }[] };
  type Approved = { readonly commandOwnerBootstrap: string };

  async function pairedAsOwner(channel: string, from: string): Promise<string> {
    await whole.channel(channel).say({ from, text: "hello" });
    await eventually(() => whole.channel(channel).heard.length === 1, "the pairing code");
    const operator = await whole.operator();
    const [request] = (await operator.call<Listed>("channels.pairing.list", {})).requests;
    const choice = { channel, accountId: "default", requestId: request?.requestId, bootstrapCommandOwner: true };
    const { commandOwnerBootstrap } = await operator.call<Approved>("channels.pairing.approve", choice);
    await whole.channel(channel).say({ from, text: "read notes.md" });
    await eventually(() => whole.channel(channel).heard.length === 2, "an answer");
    return commandOwnerBootstrap;
  }
  const pending = async () => (await whole.operator()).call("policy.pending", {});
  const start = async (members: string, channels: readonly string[]) => {
    const files = { "notes.md": "the tide is at 14:07\n" };
    whole = await startWhole({ config: configWith(members), channels, files });
  };

  test("is one at once: the approval was the consent", async () => {
    await start("channels: { telegram: {} }", ["telegram"]);
    const watching = await whole.operator();
    expect(await pairedAsOwner("telegram", "77")).toBe("configured");
    expect(whole.channel("telegram").heard[1]?.text).toContain("14:07");
    expect(await pending()).toBeNull();
    const told = watching.events.filter(({ event }) => event === "policy.pending");
    expect(told.at(-1)?.payload).toEqual({ hash: null });
  });

  test("does not take along what else waits for consent", async () => {
    await start("channels: { telegram: {} }", ["telegram"]);
    const path = join(whole.state, "fased.json");
    writeFileSync(path, configWith('channels: { telegram: { allowFrom: ["66"] } }'));
    while ((await pending()) === null) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await pairedAsOwner("telegram", "77")).toBe("configured");
    expect(whole.channel("telegram").heard[1]?.text).not.toContain("14:07");
    expect(await pending()).not.toBeNull();
  });

  test("is nobody whom IRC cannot vouch for: they are paired, no owner is written, nothing waits", async () => {
    await start('channels: { irc: { host: "irc.example.org" } }', ["irc"]);
    expect(await pairedAsOwner("irc", "ann!~ann@host")).toBe("unavailable");
    expect(whole.channel("irc").heard[1]?.text).not.toContain("14:07");
    expect(readFileSync(join(whole.state, "fased.json"), "utf8")).not.toContain("ann!");
    expect(await pending()).toBeNull();
  });
});

describe("groups", () => {
  const groups = configWith(
    `${owner} channels: { telegram: { groups: { "-5": { requireMention: true } }, groupAllowFrom: ["77"] } },`,
  );

  test("a listed sender in a listed group is answered when they mention the agent; others are not", async () => {
    verifies("group.allowlist-and-mention", "injection.mention-gates");
    whole = await startWhole({ config: groups, channels: ["telegram"] });
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "77", group: "-5", text: "help" });
    await telegram.say({ from: "78", group: "-5", text: "help", mention: "mentioned" });
    await telegram.say({ from: "77", group: "-6", text: "help", mention: "mentioned" });
    await telegram.say({ from: "77", group: "-5", text: "help", mention: "mentioned" });
    await eventually(() => telegram.heard.length > 0, "an answer");
    expect(telegram.heard.map(({ text }) => text).join("")).not.toContain("did not understand");
    // A long answer comes in pieces: each of them goes to the one group.
    expect(new Set(telegram.heard.map(({ target }) => `${target.chat} ${target.replyTo}`))).toEqual(new Set(["-5 m4"]));
    const operator = await whole.operator();
    const why = await operator.call<{ messages?: { code: string }[] } & Record<string, unknown>>("messages.why", {});
    const codes = JSON.stringify(why);
    for (const code of ["group.mention_required", "group.sender_not_listed", "group.not_listed"]) {
      expect(codes).toContain(code);
    }
  });
});

describe("the owner's conversation", () => {
  test("the web chat and the owner's own direct chat are one session", async () => {
    whole = await startWhole({
      config: configWith(`${owner} channels: { telegram: {} },`),
      channels: ["telegram"],
      files: { "notes.md": "the tide is at 14:07\n" },
    });
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "read notes.md" });
    await eventually(() => telegram.heard.length === 1, "the answer");
    const operator = await whole.operator();
    const history = await operator.call("chat.history", { sessionKey: "agent:main:main" });
    expect(JSON.stringify(history)).toContain("14:07");
    expect(await ask(operator, "/status")).toContain("agent:main:main");
  });
});
