/**
 * A canary for each way on which a tool call comes to run (`test/tool-paths.ts`): a model that insists on a tool which
 * the policy denies. The tool does not run, on any of them; where nothing is denied, the same call runs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { GatewayConnection } from "../../../src/cli/gateway-client.ts";
import { configWith, eventually, startWhole, type Whole } from "../../fakes/whole-gateway.ts";
import { needs } from "../../needs.ts";
import { createProgram, type FasedProgram } from "../../servers/fased-program.ts";
import type { ModelScript, ScriptedCall } from "../../servers/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";
import type { Canary } from "../../tool-paths.ts";

const timeoutMs = 60_000;
const token = "a-token-for-tests-that-is-long-enough";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());

const calls = (call: ScriptedCall): ModelScript => ({
  rules: [],
  otherwise: [{ calls: [call] }, { text: "END {{result}}" }],
});
const writes = calls({ name: "write", arguments: { path: "canary.txt", content: "flew\n" } });

type Denied = { readonly tools?: readonly string[]; readonly overHttp?: readonly string[] };

function config({ tools = [], overHttp = [] }: Denied = {}): string {
  return configWith(`
    security: { owners: [{ channel: "telegram", id: "1" }] },
    channels: { telegram: { groups: { "-5": { requireMention: false, tools: { alsoAllow: ["write"] } } }, groupAllowFrom: ["1"] } },
    models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },`)
    .replace("defaults: {", 'defaults: { model: "scripted/scripted",')
    .replace("tools: {", `tools: { deny: ${JSON.stringify(tools)},`)
    .replace(
      "gateway: {",
      `gateway: { tools: { deny: ${JSON.stringify(overHttp)} }, http: { endpoints: { chatCompletions: { enabled: true } } },`,
    );
}

let whole: Whole;
const inWorkspace = (name: string) => join(whole.workspace, name);
const ran = () => existsSync(inWorkspace("canary.txt"));

async function start(denied: Denied, script: ModelScript): Promise<GatewayConnection> {
  model.play(script);
  whole = await startWhole({ config: config(denied), channels: ["telegram"] });
  return whole.operator();
}

const key = { sessionKey: "agent:main:main" };
type Ended = { readonly result?: { readonly payloads: readonly { readonly text: string }[] } };

async function answerOf(operator: GatewayConnection, runId: string): Promise<string> {
  const { result } = await operator.call<Ended>("agent.wait", { runId, timeoutMs: 20_000 });
  return result?.payloads.map(({ text }) => text).join("\n") ?? "";
}

async function completion(stream: "plain" | "streamed"): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${whole.started.port}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "fased",
      messages: [{ role: "user", content: "do it" }],
      stream: stream === "streamed",
    }),
  });
  return response.text();
}

async function heardIn(chat: string): Promise<string> {
  const heard = () => whole.channel("telegram").heard.filter(({ target }) => target.chat === chat);
  const text = () =>
    heard()
      .map((message) => message.text)
      .join("");
  await eventually(() => text().includes("END"), "the answer");
  return text();
}

type Way = { readonly send: () => Promise<string>; readonly denials: readonly Denied[] };

const started = async (method: string, message: object): Promise<string> => {
  const operator = await whole.operator();
  const idempotencyKey = crypto.randomUUID();
  const { runId } = await operator.call<{ runId: string }>(method, { ...key, ...message, idempotencyKey });
  return answerOf(operator, runId);
};

/** The ways that a message takes to its turn, each with what denies the tool there. */
const turns: Readonly<Partial<Record<Canary, Way>>> = {
  "a message of the web chat": {
    send: () => started("chat.send", { message: "do it" }),
    denials: [{ tools: ["write"] }],
  },
  "a run of an agent": { send: () => started("agent", { message: "do it" }), denials: [{ tools: ["group:fs"] }] },
  "a chat completion": {
    send: () => completion("plain"),
    denials: [{ tools: ["write"] }, { overHttp: ["write"] }],
  },
  "a streamed chat completion": {
    send: () => completion("streamed"),
    denials: [{ tools: ["write"] }, { overHttp: ["write"] }],
  },
  "an owner's direct chat": {
    send: async () => {
      await whole.channel("telegram").say({ from: "1", text: "do it" });
      return heardIn("1");
    },
    denials: [{ tools: ["write"] }],
  },
  "a group": {
    send: async () => {
      await whole.channel("telegram").say({ from: "1", group: "-5", text: "do it" });
      return heardIn("-5");
    },
    denials: [{ tools: ["write"] }],
  },
};

describe.each(Object.entries(turns) as [Canary, Way][])("%s", (_, { send, denials }) => {
  afterEach(async () => whole.remove());

  test.each(denials)("does not run what %j denies", async (denied) => {
    await start(denied, writes);
    expect(await send()).toContain("tool.denied");
    expect(ran()).toBe(false);
  });

  test("runs it where nothing denies it", async () => {
    await start({}, writes);
    expect(await send()).toContain("END");
    expect(readFileSync(inWorkspace("canary.txt"), "utf8")).toBe("flew\n");
  });
});

test("what is denied over HTTP alone runs in the web chat", async () => {
  await start({ overHttp: ["write"] }, writes);
  await turns["a message of the web chat"]?.send();
  expect(ran()).toBe(true);
  await whole.remove();
});

type Card = { readonly id: string };

async function cardOf(operator: GatewayConnection): Promise<Card> {
  let card: Card | undefined;
  await expect
    .poll(
      async () => {
        [card] = (await operator.call<{ approvals: readonly Card[] }>("exec.approval.list", {})).approvals;
        return card !== undefined;
      },
      { timeout: 15_000 },
    )
    .toBe(true);
  return card as Card;
}

/** The config denies the tool while the card waits; resolves when that is in force. */
async function narrow(operator: GatewayConnection, denied: Denied): Promise<void> {
  const epoch = async () => (await operator.call<{ policyEpoch: number }>("status", {})).policyEpoch;
  const before = await epoch();
  writeFileSync(join(whole.state, "fased.json"), config(denied));
  await expect.poll(epoch, { timeout: 15_000 }).not.toBe(before);
}

const approve = (operator: GatewayConnection, { id }: Card) =>
  operator.call("exec.approval.resolve", { id, decision: "allow-once" });

async function say(operator: GatewayConnection): Promise<void> {
  await operator.call("agent", { ...key, message: "do it", idempotencyKey: crypto.randomUUID() });
}

const history = async (operator: GatewayConnection) => JSON.stringify(await operator.call("chat.history", key));

describe("a call that the owner approved", () => {
  const onHost = calls({ name: "exec", arguments: { command: "echo flew > canary.txt", host: "gateway" } });
  afterEach(async () => whole.remove());

  test("does not run what was denied meanwhile", async () => {
    const operator = await start({}, onHost);
    await say(operator);
    const card = await cardOf(operator);
    await narrow(operator, { tools: ["exec"] });
    await approve(operator, card);
    await expect.poll(() => history(operator), { timeout: 15_000 }).toMatch(/END .*did not run/);
    expect(ran()).toBe(false);
  });

  test("runs where nothing changed", async () => {
    const operator = await start({}, onHost);
    await say(operator);
    await approve(operator, await cardOf(operator));
    await expect.poll(() => history(operator), { timeout: 15_000 }).toContain("END ");
    expect(ran()).toBe(true);
  });
});

describe("a proposal that the owner granted", () => {
  const hook = ".git/hooks/pre-commit";
  const inHook = calls({
    name: "exec",
    arguments: { command: `mkdir -p .git/hooks && echo 'echo flew' > ${hook} && chmod +x ${hook}` },
  });
  afterEach(async () => whole.remove());

  needs("bubblewrap")("is not made when its tool was denied meanwhile, and the owner is told", async () => {
    const operator = await start({}, inHook);
    await whole.channel("telegram").say({ from: "1", text: "do it" });
    const card = await cardOf(operator);
    await narrow(operator, { tools: ["write"] });
    await approve(operator, card);
    const told = () =>
      whole
        .channel("telegram")
        .heard.map(({ text }) => text)
        .join("");
    await eventually(() => told().includes("`write` did not run"), "the refusal");
    expect(existsSync(inWorkspace(hook))).toBe(false);
  });

  needs("bubblewrap")("is made where nothing changed", async () => {
    const operator = await start({}, inHook);
    await say(operator);
    await approve(operator, await cardOf(operator));
    await eventually(() => existsSync(inWorkspace(hook)), "the hook");
  });
});

describe("a message that a restart takes up", () => {
  let fased: FasedProgram;
  beforeEach(() => {
    fased = createProgram();
    mkdirSync(fased.state, { mode: 0o700 });
    write(".env", `FASED_GATEWAY_TOKEN=${token}\n`);
  });
  afterEach(() => fased.remove());

  const write = (name: string, text: string) => writeFileSync(join(fased.state, name), text, { mode: 0o600 });

  /** Killed while the model is asked; then started again with this config. Resolves with the conversation. */
  async function takenUp(denied: Denied): Promise<string> {
    model.play({ rules: [], otherwise: [{ text: "", fault: { kind: "slow", delayMs: 60_000 } }] });
    const asked = model.requests.length;
    write("fased.json", config());
    const gateway = await fased.gateway();
    fased.start("agent", "--message", "do it");
    await eventually(() => model.requests.length > asked, "the model call", 30_000);
    gateway.signal("SIGKILL");
    await gateway.ended;
    model.play(writes);
    write("fased.json", config(denied));
    await fased.gateway();
    let shown = "";
    await expect
      .poll(
        async () => {
          shown = (await fased.run("sessions", "show", key.sessionKey)).out;
          return shown;
        },
        { timeout: 30_000 },
      )
      .toContain("END");
    return shown;
  }
  const flew = () => existsSync(join(fased.state, "workspace/canary.txt"));

  test(
    "does not run what was denied meanwhile",
    async () => {
      expect(await takenUp({ tools: ["write"] })).toContain("tool.denied");
      expect(flew()).toBe(false);
    },
    timeoutMs,
  );

  test(
    "runs it where nothing denies it",
    async () => {
      await takenUp({});
      expect(flew()).toBe(true);
    },
    timeoutMs,
  );
});
