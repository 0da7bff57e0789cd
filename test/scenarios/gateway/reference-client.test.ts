import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { GatewayClient, type GatewayClientOptions } from "@openclaw/gateway-client";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { methodTable } from "../../../src/gateway/methods/table.ts";
import { startTestGateway, type TestGateway, testToken } from "../../fakes/gateway.ts";
import {
  connectParams,
  createTestDevice,
  type Frame,
  openWs,
  rawDevicePem,
  withDevice,
} from "../../fakes/ws-client.ts";

let running: TestGateway;
beforeEach(async () => {
  running = await startTestGateway();
});
afterEach(() => running.stop());

type Event = { event: string; payload?: unknown };

async function connectReference(options: Partial<GatewayClientOptions>) {
  const events: Event[] = [];
  const gaps: unknown[] = [];
  const client = await new Promise<GatewayClient>((resolve, reject) => {
    const created: GatewayClient = new GatewayClient({
      url: running.ws,
      token: testToken,
      onHelloOk: () => resolve(created),
      onConnectError: reject,
      onEvent: (event) => events.push(event),
      onGap: (gap) => gaps.push(gap),
      ...options,
    });
    created.start();
  });
  return { client, events, gaps };
}

describe("the published reference client", () => {
  test("connects, gets health, chats and sees the answer arrive", async () => {
    const { client, events, gaps } = await connectReference({});
    expect(await client.request("health")).toMatchObject({ ok: true, defaultAgentId: "main" });
    const sent = await client.request<{ runId: string }>("chat.send", {
      sessionKey: "agent:main:main",
      message: "hello",
      idempotencyKey: "k1",
    });
    expect(sent).toMatchObject({ status: "started" });
    await expect.poll(() => events.filter(({ event }) => event === "chat").length).toBe(3);
    const chat = events.filter(({ event }) => event === "chat").map(({ payload }) => payload);
    expect(chat).toMatchObject([
      { runId: sent.runId, sessionKey: "agent:main:main", state: "delta", deltaText: "You said: " },
      { state: "delta", deltaText: "hello" },
      { state: "final", message: { role: "assistant", content: [{ type: "text", text: "You said: hello" }] } },
    ]);
    const again = await client.request("chat.send", { sessionKey: "x", message: "hello", idempotencyKey: "k1" });
    expect(again).toMatchObject({ runId: sent.runId, status: "ok" });
    const history = await client.request<{ messages: unknown[] }>("chat.history", { sessionKey: "agent:main:main" });
    expect(history.messages).toMatchObject([{ role: "user", content: [{ type: "text", text: "hello" }] }]);
    expect(gaps).toEqual([]);
    client.stop();
  });

  test("runs an agent and waits for its end", async () => {
    const { client } = await connectReference({});
    const accepted: unknown[] = [];
    const ended = await client.request(
      "agent",
      { message: "hello", idempotencyKey: "k2" },
      { expectFinal: true, onAccepted: (payload) => accepted.push(payload) },
    );
    expect(accepted).toMatchObject([{ status: "accepted" }]);
    expect(ended).toMatchObject({ status: "ok", result: { payloads: [{ text: "You said: hello" }] } });
    client.stop();
  });

  test("authenticates with a device of its own and keeps the token that it is given", async () => {
    const device = createTestDevice();
    const stored: { token: string; scopes: string[] }[] = [];
    const { client } = await connectReference({
      deviceIdentity: { deviceId: device.id, ...rawDevicePem(device) },
      scopes: ["operator.read"],
      hostDeps: {
        signDevicePayload: (pem, payload) =>
          sign(null, Buffer.from(payload), createPrivateKey(pem)).toString("base64url"),
        publicKeyRawBase64UrlFromPem: () => device.publicKey,
        loadDeviceAuthToken: () => null,
        storeDeviceAuthToken: ({ token, scopes }) => stored.push({ token, scopes }),
      },
    });
    expect(stored).toEqual([{ token: expect.stringMatching(/^[0-9a-f]{32}$/), scopes: ["operator.read"] }]);
    await expect(client.request("config.set", { raw: "{}" })).rejects.toThrow("missing scope: operator.admin");
    client.stop();
  });

  test("with a wrong token is told so, and does not come back by itself", async () => {
    const paused: unknown[] = [];
    const refused = connectReference({ token: "wrong", onReconnectPaused: (info) => paused.push(info.detailCode) });
    await expect(refused).rejects.toThrow("token is wrong");
    await expect.poll(() => paused).toEqual(["AUTH_TOKEN_MISMATCH"]);
  });
});

describe("frames against the published schema", () => {
  type Schema = { definitions: Record<string, unknown> };
  const schema = JSON.parse(
    readFileSync(
      new URL("../../../node_modules/@openclaw/gateway-protocol/protocol.schema.json", import.meta.url),
      "utf8",
    ),
  ) as Schema;
  const ajv = new Ajv({ strict: false, validateSchema: false });
  ajv.addSchema({ $id: "protocol", definitions: schema.definitions });

  function problems(name: string, value: unknown): unknown {
    const validate = ajv.getSchema(`protocol#/definitions/${name}`);
    if (!validate) throw new Error(`no definition ${name}`);
    return validate(value) === true ? [] : validate.errors;
  }

  const resultDefinitions: Record<string, { params: object; definition: string }> = {
    "agents.list": { params: {}, definition: "AgentsListResult" },
    "models.list": { params: {}, definition: "ModelsListResult" },
    "channels.status": { params: {}, definition: "ChannelsStatusResult" },
    "channels.pairing.list": { params: {}, definition: "ChannelsPairingListResult" },
    "channels.pairing.approve": {
      params: { channel: "telegram", accountId: "default", requestId: "r1", bootstrapCommandOwner: true },
      definition: "ChannelsPairingApproveResult",
    },
    "channels.pairing.dismiss": {
      params: { channel: "telegram", accountId: "default", requestId: "r1" },
      definition: "ChannelsPairingDismissResult",
    },
    "config.schema": { params: {}, definition: "ConfigSchemaResponse" },
    "logs.tail": { params: {}, definition: "LogsTailResult" },
    "sessions.delete": { params: { key: "agent:main:main" }, definition: "SessionsDeleteResult" },
  };

  test("the greeting, answers, errors and events hold it", async () => {
    const device = createTestDevice();
    const client = await openWs(running.ws);
    const params = withDevice(connectParams({ token: testToken }), device, await client.nonce());
    expect(problems("ConnectParams", params)).toEqual([]);
    const hello = await client.connect(params);
    expect(problems("HelloOk", hello.payload)).toEqual([]);
    for (const [method, { params: asked, definition }] of Object.entries(resultDefinitions)) {
      const answer = await client.call(method, asked);
      expect([method, answer.error, problems(definition, answer.payload)]).toEqual([method, undefined, []]);
    }
    const { sessions } = (await client.call("sessions.list")).payload as { sessions: unknown[] };
    expect(sessions.flatMap((session) => problems("SessionRow", session))).toEqual([]);
    for (const message of ["hello", "fail", "park", "wait"]) {
      const sent = await client.call("chat.send", { sessionKey: "s", message, idempotencyKey: message });
      if (message === "wait") await client.call("chat.abort", { sessionKey: "s", runId: sent.payload?.["runId"] });
    }
    await client.call("nonsense");
    await client.call("exec.approval.resolve", { id: "a1", decision: "allow-once" });
    running.events.publish("tick", { ts: 1 });
    running.events.publish("shutdown", { reason: "test" });
    await client.next((frame) => frame.event === "shutdown");
    expect(client.frames.flatMap(frameProblems)).toEqual([]);
    const states = client.frames.filter(({ event }) => event === "chat").map(({ payload }) => payload?.["state"]);
    expect(new Set(states)).toEqual(new Set(["delta", "final", "error", "aborted"]));
    client.close();
  });

  const eventDefinitions: Record<string, string> = {
    chat: "ChatEvent",
    agent: "AgentEvent",
    tick: "TickEvent",
    shutdown: "ShutdownEvent",
    "device.pair.requested": "DevicePairRequestedEvent",
    "device.pair.resolved": "DevicePairResolvedEvent",
  };

  function frameProblems(frame: Frame): unknown {
    const outer = problems(frame.type === "res" ? "ResponseFrame" : "EventFrame", frame);
    const definition = eventDefinitions[frame.event ?? ""];
    return [outer, definition ? problems(definition, frame.payload) : []].flat();
  }

  test("a device that waits is announced in the published form", async () => {
    const watcher = await openWs(running.ws);
    await watcher.connect(connectParams({ token: testToken }));
    const stranger = await openWs(running.ws, { "x-forwarded-for": "127.0.0.1" });
    const params = connectParams({ token: testToken });
    await stranger.connect(withDevice(params, createTestDevice(), await stranger.nonce()));
    const requested = await watcher.next((frame) => frame.event === "device.pair.requested");
    expect(problems("DevicePairRequestedEvent", requested.payload)).toEqual([]);
    const requestId = requested.payload?.["requestId"];
    expect((await watcher.call("device.pair.approve", { requestId })).ok).toBe(true);
    const resolved = await watcher.next((frame) => frame.event === "device.pair.resolved");
    expect(problems("DevicePairResolvedEvent", resolved.payload)).toEqual([]);
    watcher.close();
  });

  test("every result holds the method's own schema", async () => {
    const client = await openWs(running.ws);
    await client.connect(connectParams({ token: testToken }));
    await client.call("chat.send", { sessionKey: "s", message: "park", idempotencyKey: "k" });
    const key = "agent:main:main";
    const asked: Record<string, object> = {
      agent: { message: "hi", idempotencyKey: "a" },
      "channels.pairing.revoke": { channel: "telegram", accountId: "default", senderId: "77" },
      "chat.abort": { sessionKey: key },
      "chat.history": { sessionKey: "s" },
      "chat.send": { sessionKey: key, message: "hi", idempotencyKey: "b" },
      "config.patch": { raw: "{}", baseHash: "hash-1" },
      "config.set": { raw: "{}", baseHash: "hash-1" },
      "exec.approval.get": { id: "a1" },
      "exec.approval.grants.revoke": { grantId: "g1" },
      "exec.approval.request": { command: "ls", timeoutMs: 1 },
      "exec.approval.resolve": { id: "a1", decision: "deny" },
      "exec.approval.waitDecision": { id: "a1", timeoutMs: 1 },
      "models.auth.clear": { provider: "openai" },
      "models.auth.configure": { provider: "openai", apiKey: "x" },
      "models.local.accept": { origin: "http://127.0.0.1:11434", model: "m" },
      "policy.accept": { hash: "h" },
      "security.explain": { from: "owner", tool: "exec" },
      "security.whoCan": { tool: "exec" },
      "sessions.context": { sessionKey: key },
      "sessions.delete": { key },
      "sessions.keep": { sessionKey: key, idempotencyKey: "keep-1" },
      "sessions.preview": { keys: [key] },
      "sessions.reset": { key },
      "sessions.undo": { sessionKey: key, idempotencyKey: "undo-1" },
      ...Object.fromEntries(Object.entries(resultDefinitions).map(([name, { params }]) => [name, params])),
    };
    const needDevices = /^(device\.|agent\.wait$)/;
    for (const method of methodTable.filter(({ name }) => !needDevices.test(name))) {
      client.send({ type: "req", id: method.name, method: method.name, params: asked[method.name] ?? {} });
      const answer = await client.next((frame) => frame.id === method.name);
      expect([method.name, answer.error]).toEqual([method.name, undefined]);
      if (method.name === "agent") continue;
      expect([method.name, method.result.safeParse(answer.payload).error?.issues]).toEqual([method.name, undefined]);
    }
    client.close();
  });
});
