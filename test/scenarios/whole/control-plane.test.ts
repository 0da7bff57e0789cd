/** The control plane in front of the whole Gateway: the published client, the HTTP endpoint, and the way it stops. */
import { GatewayClient } from "@openclaw/gateway-client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { configWith, eventually, startWhole, type Whole, wholeToken } from "../../fakes/whole-gateway.ts";
import { type ScriptedModel, startScriptedModel } from "../../servers/scripted-model.ts";

let model: ScriptedModel;
let whole: Whole;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());
afterEach(() => whole.remove());

const files = { "notes.md": "the tide turns at 14:07\n" };

test("the published client connects and chats: the answer holds what only the file does", async () => {
  whole = await startWhole({ files });
  type Seen = { readonly event: string; readonly payload?: { state?: string; message?: unknown } };
  const seen: Seen[] = [];
  const client = await new Promise<GatewayClient>((resolve, reject) => {
    const made: GatewayClient = new GatewayClient({
      url: `ws://127.0.0.1:${whole.started.port}/`,
      token: wholeToken,
      onHelloOk: () => resolve(made),
      onConnectError: reject,
      onEvent: (event) => seen.push(event as Seen),
    });
    made.start();
  });
  const { defaultAgentId } = await client.request<{ defaultAgentId: string }>("health");
  const sessionKey = `agent:${defaultAgentId}:main`;
  const send = { sessionKey, message: "read notes.md", idempotencyKey: "k1" };
  const sent = await client.request<{ runId: string; status: string }>("chat.send", send);
  expect(sent.status).toBe("started");
  expect(await client.request("chat.send", send)).toMatchObject({ runId: sent.runId });
  const ended = () => seen.filter(({ event, payload }) => event === "chat" && payload?.state === "final");
  await eventually(() => ended().length > 0, "the answer");
  expect(ended()).toHaveLength(1);
  expect(JSON.stringify(ended()[0]?.payload?.message)).toContain("the tide turns at 14:07");
  const { messages } = await client.request<{ messages: unknown[] }>("chat.history", { sessionKey });
  expect(JSON.stringify(messages).match(/"role":"user"/g)).toHaveLength(1);
  client.stop();
});

const served = () =>
  configWith(`models: { providers: { scripted: { baseUrl: "${model.origin}/v1", apiKey: "scripted-key" } } },
    security: { owners: [{ channel: "telegram", id: "1" }] }, channels: { telegram: {} },`)
    .replace("defaults: {", 'defaults: { model: "scripted/scripted",')
    .replace('bind: "loopback",', 'bind: "loopback", http: { endpoints: { chatCompletions: { enabled: true } } },');

const complete = (body: object, token = wholeToken) =>
  fetch(`http://127.0.0.1:${whole.started.port}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: "fased", messages: [{ role: "user", content: "when is the tide?" }], ...body }),
  });

test("chat completions stream the words of the model as server-sent events, and plainly", async () => {
  model.play({ rules: [], otherwise: [{ text: "It turns at 14:07." }] });
  whole = await startWhole({ config: served() });
  const stream = await complete({ stream: true });
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  const data = (await stream.text()).split("\n\n").filter(Boolean);
  expect(data.every((line) => line.startsWith("data: "))).toBe(true);
  expect(data.at(-1)).toBe("data: [DONE]");
  type Chunk = { readonly choices: readonly { readonly delta: { readonly content?: string } }[] };
  const chunks = data.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)) as Chunk);
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("It turns at 14:07.");
  const plain = await (await complete({})).json();
  expect(plain).toMatchObject({ choices: [{ message: { role: "assistant", content: "It turns at 14:07." } }] });
  expect((await complete({}, "another token")).status).toBe(401);
});

test("a stop lets the running turn finish and be answered; what comes meanwhile is taken up by the next start", async () => {
  const texts = [
    { when: "slow", steps: [{ text: "The slow answer.", fault: { kind: "slow" as const, delayMs: 1_500 } }] },
    { when: "late", steps: [{ text: "The late answer." }] },
  ];
  model.play({ rules: texts, otherwise: [{ text: "?" }] });
  whole = await startWhole({ config: served(), channels: ["telegram"] });
  const telegram = whole.channel("telegram");
  const asked = model.requests.length;
  await telegram.say({ from: "1", text: "be slow" });
  await eventually(() => model.requests.length > asked, "the model call");
  const stopping = whole.stop();
  await telegram.say({ from: "1", text: "too late?" });
  await stopping;
  expect(telegram.heard.map(({ text }) => text)).toEqual(["The slow answer."]);
  await expect(fetch(`http://127.0.0.1:${whole.started.port}/healthz`)).rejects.toThrow();
  whole = await whole.restart();
  const again = whole.channel("telegram");
  await eventually(() => again.heard.length > 0, "the answer after the start");
  expect(again.heard.map(({ text }) => text)).toEqual(["The late answer."]);
}, 40_000);
