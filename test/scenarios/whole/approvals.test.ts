import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { GatewayConnection } from "../../../src/cli/gateway-client.ts";
import { configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { needs } from "../../needs.ts";
import type { ModelScript } from "../../servers/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

let model: ScriptedModel;
let whole: Whole;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());
afterEach(async () => whole.remove());

const onHost: ModelScript = {
  rules: [
    {
      when: "run it",
      steps: [
        {
          calls: [{ name: "exec", arguments: { command: "echo ran >> ran.txt; echo 41-$((40+2))", host: "gateway" } }],
        },
        { text: "Result: {{result}}" },
      ],
    },
  ],
  otherwise: [{ text: "Just chatting." }],
};

const hook = "#!/bin/sh\necho pwned\n";
const writesHook: ModelScript = {
  rules: [],
  otherwise: [
    {
      calls: [
        {
          name: "exec",
          arguments: {
            command: `mkdir -p .git/hooks && printf '${hook.replaceAll("\n", "\\n")}' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit && echo ok > made.txt`,
          },
        },
      ],
    },
    { text: "Result: {{result}}" },
  ],
};

async function start(script: ModelScript): Promise<void> {
  model.play(script);
  whole = await startWhole({
    config: configWith(`
      security: { owners: [{ channel: "telegram", id: "1" }] },
      channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["77"], groups: { "-5": {} }, groupAllowFrom: ["1", "77"] } },
      models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },`).replace(
      "defaults: {",
      'defaults: { model: "scripted/scripted",',
    ),
    channels: ["telegram"],
  });
}

const runs = (): number => {
  const path = join(whole.workspace, "ran.txt");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
};

type Card = { readonly id: string; readonly words: string; readonly exactly: readonly { readonly text: string }[] };

const cardsOf = async (operator: GatewayConnection): Promise<readonly Card[]> =>
  (await operator.call<{ approvals: readonly Card[] }>("exec.approval.list", {})).approvals;

async function cardOf(operator: GatewayConnection): Promise<Card> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const [card] = await cardsOf(operator);
    if (card) return card;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("no card came");
}

type Accepted = { readonly runId: string };

async function say(operator: GatewayConnection, message: string): Promise<string> {
  const idempotencyKey = crypto.randomUUID();
  const { runId } = await operator.call<Accepted>("agent", { message, sessionKey: "agent:main:main", idempotencyKey });
  return runId;
}

async function historyHolds(operator: GatewayConnection, text: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const history = await operator.call("chat.history", { sessionKey: "agent:main:main" });
    if (JSON.stringify(history).includes(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the history never held ${text}`);
}

describe("a host command in the web chat", () => {
  test("waits with a card of its exact bytes, runs once after the approval, and cannot be approved twice", async () => {
    await start(onHost);
    const operator = await whole.operator();
    await say(operator, "run it");
    const card = await cardOf(operator);
    expect(card.exactly.map(({ text }) => text)).toContain("echo ran >> ran.txt; echo 41-$((40+2))");
    expect(runs()).toBe(0);
    await operator.call("exec.approval.resolve", { id: card.id, decision: "allow-once" });
    await historyHolds(operator, "41-42");
    expect(runs()).toBe(1);
    await expect(operator.call("exec.approval.resolve", { id: card.id, decision: "allow-once" })).rejects.toMatchObject(
      {
        details: { code: "approval.settled" },
      },
    );
    expect(runs()).toBe(1);
  });

  test("denied: it never runs and the agent is told", async () => {
    await start(onHost);
    const operator = await whole.operator();
    await say(operator, "run it");
    const { id } = await cardOf(operator);
    await operator.call("exec.approval.resolve", { id, decision: "deny" });
    await historyHolds(operator, "the owner said no");
    expect(runs()).toBe(0);
  });

  test("the card survives a restart; approved then, the command runs once and the answer comes", async () => {
    await start(onHost);
    await say(await whole.operator(), "run it");
    const before = await cardOf(await whole.operator());
    whole = await whole.restart();
    const operator = await whole.operator();
    const card = await cardOf(operator);
    expect(card).toEqual(before);
    await operator.call("exec.approval.resolve", { id: card.id, decision: "allow-once" });
    await historyHolds(operator, "41-42");
    expect(runs()).toBe(1);
  });

  test("a conversation whose run waits still answers", async () => {
    await start(onHost);
    const operator = await whole.operator();
    await say(operator, "run it");
    await cardOf(operator);
    await say(operator, "how are you?");
    await historyHolds(operator, "Just chatting.");
    expect(await cardsOf(operator)).toHaveLength(1);
  });
});

describe("a host command in the owner's own chat", () => {
  const cardIn = () => whole.channel("telegram").heard.find(({ delivery }) => delivery.buttons !== undefined)?.delivery;

  async function asked(): Promise<{ approve: string; words: string }> {
    await start(onHost);
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "run it" });
    await eventually(() => cardIn() !== undefined, "the card");
    const operator = await whole.operator();
    return { approve: cardIn()?.buttons?.[0]?.data ?? "", words: (await cardOf(operator)).words };
  }

  const answered = () => whole.channel("telegram").heard.some(({ text }) => text.includes("41-42"));

  test("what the Gateway itself says, cards above all, is no Markdown; the agent's answer is", async () => {
    const { approve } = await asked();
    expect(cardIn()).toMatchObject({
      format: "plain",
      text: expect.stringContaining("echo ran >> ran.txt; echo 41-$(("),
    });
    await whole.channel("telegram").say({ from: "1", text: "", form: "button", data: approve });
    await eventually(answered, "the answer");
    const { heard } = whole.channel("telegram");
    const rendered = heard.filter(({ delivery }) => delivery.format !== "plain");
    expect(rendered.map(({ text }) => text)).toEqual([expect.stringContaining("41-42")]);
  });

  test("by button: it runs once; the same button again does nothing", async () => {
    const { approve } = await asked();
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "", form: "button", data: approve });
    await eventually(answered, "the answer");
    const before = telegram.heard.length;
    await telegram.say({ from: "1", text: "", form: "button", data: approve });
    await eventually(() => telegram.heard.length > before, "that it was decided before");
    expect(telegram.heard.at(-1)?.text).toContain("decided before");
    expect(runs()).toBe(1);
  });

  test("by words: it runs once", async () => {
    const { words } = await asked();
    await whole.channel("telegram").say({ from: "1", text: `approve ${words}` });
    await eventually(answered, "the answer");
    expect(runs()).toBe(1);
  });

  test("what somebody else asked for is shown to an owner who is proved to be one, and to no nick", async () => {
    const proposal = { name: "write", arguments: { path: "AGENTS.md", content: "be brief" } };
    model.play({ rules: [], otherwise: [{ calls: [proposal] }, { text: "done" }] });
    whole = await startWhole({
      config: configWith(`
        security: { owners: [{ channel: "telegram", id: "1" }, { channel: "irc", id: "ann!~ann@host" }] },
        channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["77"] }, irc: { host: "irc.example.org" } },
        models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },`)
        .replace("defaults: {", 'defaults: { model: "scripted/scripted",')
        .replace('profile: "messaging",', 'profile: "messaging", alsoAllow: ["write"],'),
      channels: ["telegram", "irc"],
    });
    const { heard } = whole.channel("telegram");
    await whole.channel("telegram").say({ from: "77", text: "be brief" });
    await eventually(() => heard.some(({ target }) => target.chat === "1"), "the owner's card");
    expect(heard.find(({ target }) => target.chat === "1")?.text).toContain("be brief");
    expect(heard.find(({ target }) => target.chat === "77")?.text).toContain("The owner is being asked");
    await whole.stop();
    expect(whole.channel("irc").heard).toEqual([]);
  });

  test("words and buttons of anybody else, and the owner's in a group, decide nothing", async () => {
    const { approve, words } = await asked();
    const telegram = whole.channel("telegram");
    const operator = await whole.operator();
    await telegram.say({ from: "66", text: `approve ${words}` });
    await telegram.say({ from: "77", text: `approve ${words}` });
    await telegram.say({ from: "77", text: "", form: "button", data: approve });
    await telegram.say({ from: "77", group: "-5", text: `approve ${words}`, mention: "mentioned" });
    await telegram.say({ from: "1", group: "-5", text: `approve ${words}`, mention: "mentioned" });
    await telegram.say({ from: "1", group: "-5", text: "", form: "button", data: approve, mention: "mentioned" });
    await eventually(
      () => telegram.heard.filter(({ target }) => target.chat === "-5").length >= 2,
      "talk in the group",
    );
    await eventually(() => telegram.heard.some(({ target }) => target.chat === "77"), "talk with the member");
    expect(await cardsOf(operator)).toHaveLength(1);
    expect(runs()).toBe(0);

    await telegram.say({ from: "1", text: "", form: "button", data: approve });
    await eventually(answered, "the owner's own answer still counts");
    expect(runs()).toBe(1);
  });
});

describe("a git hook that a sandboxed command writes", () => {
  needs("bubblewrap")("is put back and becomes a proposal; granting it applies what the card showed", async () => {
    await start(writesHook);
    const operator = await whole.operator();
    await say(operator, "set up the repository");
    await historyHolds(operator, "was put back");
    const path = join(whole.workspace, ".git/hooks/pre-commit");
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(join(whole.workspace, "made.txt"), "utf8")).toBe("ok\n");
    const card = await cardOf(operator);
    expect(JSON.stringify(card)).toContain("pre-commit");
    await operator.call("exec.approval.resolve", { id: card.id, decision: "allow-once" });
    await eventually(() => existsSync(path), "the hook");
    expect(readFileSync(path, "utf8")).toBe(hook);
  });

  needs("bubblewrap")("is offered in the owner's chat; the button applies it, and its outcome is told", async () => {
    await start(writesHook);
    const telegram = whole.channel("telegram");
    await telegram.say({ from: "1", text: "set up the repository" });
    const card = () => telegram.heard.find(({ delivery }) => delivery.buttons !== undefined)?.delivery;
    await eventually(() => card() !== undefined, "the card");
    expect(telegram.heard.map(({ text }) => text).join("")).toContain("pre-commit");
    await telegram.say({ from: "1", text: "", form: "button", data: card()?.buttons?.[0]?.data ?? "" });
    await eventually(() => existsSync(join(whole.workspace, ".git/hooks/pre-commit")), "the hook");
    await eventually(
      () => telegram.heard.some(({ delivery }) => delivery.idempotencyKey.includes(":proposal:")),
      "told",
    );
  });

  needs("bubblewrap")("is not written when the proposal is denied, over a restart too", async () => {
    await start(writesHook);
    await say(await whole.operator(), "set up the repository");
    await historyHolds(await whole.operator(), "was put back");
    whole = await whole.restart();
    const operator = await whole.operator();
    const { id } = await cardOf(operator);
    await operator.call("exec.approval.resolve", { id, decision: "deny" });
    expect(await cardsOf(operator)).toEqual([]);
    expect(existsSync(join(whole.workspace, ".git/hooks/pre-commit"))).toBe(false);
  });
});
