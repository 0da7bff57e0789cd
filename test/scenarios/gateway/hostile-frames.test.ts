import { request as httpRequest } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gatewayLimits } from "../../../src/gateway/limits.ts";
import { createFakeClock } from "../../fakes/fake-clock.ts";
import { startTestGateway, type TestGateway, testToken } from "../../fakes/gateway.ts";
import { connectParams, createTestDevice, openWs, type WsClient, withDevice } from "../../fakes/ws-client.ts";

let running: TestGateway;
let clients: WsClient[] = [];
beforeEach(async () => {
  running = await startTestGateway();
});
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await running.stop();
});

async function open(headers: Record<string, string> = {}): Promise<WsClient> {
  const client = await openWs(running.ws, headers);
  clients.push(client);
  return client;
}

async function connected(options = {}): Promise<WsClient> {
  const client = await open();
  await client.connect(connectParams({ token: testToken }, options));
  return client;
}

function brokenUpgrade(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(running.http, { headers }, (response) => {
      response.resume();
      response.on("close", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("before the handshake", () => {
  test.each([
    ["no JSON", "{"],
    ["a number", "1"],
    ["an event", '{"type":"event","event":"tick"}'],
    ["a response", '{"type":"res","id":"1","ok":true}'],
    ["a frame without id", '{"type":"req","method":"connect"}'],
    ["deep JSON", `${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["an empty frame", ""],
  ])("%s closes the connection without an answer", async (_name, text) => {
    const client = await open();
    client.sendText(text);
    expect((await client.closed).code).toBe(1008);
    expect(client.frames.map((frame) => frame.event)).toEqual(["connect.challenge"]);
  });

  test("a call is refused, and nothing is called", async () => {
    const client = await open();
    const answer = await client.call("config.set", { raw: "{ cliPath: '/bin/sh' }", baseHash: "hash-1" });
    expect(answer.error?.code).toBe("INVALID_REQUEST");
    expect((await client.closed).code).toBe(1008);
    expect(running.services.calls).toEqual([]);
  });

  test("a frame over 64 KiB closes with 1009", async () => {
    const client = await open();
    client.sendText("x".repeat(gatewayLimits.handshakeMessageBytesMax + 1));
    expect((await client.closed).code).toBe(1009);
  });

  test("a second frame while the first is checked closes the connection", async () => {
    const client = await open();
    client.send({ type: "req", id: "1", method: "connect", params: connectParams({ token: testToken }) });
    client.send({ type: "req", id: "2", method: "config.set", params: { raw: "{}" } });
    expect((await client.closed).code).toBe(1008);
    expect(running.services.calls).toEqual([]);
  });

  test("upgrades that fail halfway hold no place", async () => {
    const headers = {
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-key": "bad",
      "sec-websocket-version": "13",
    };
    for (let attempt = 0; attempt < gatewayLimits.unauthenticatedMax + 10; attempt += 1) {
      expect(await brokenUpgrade(headers)).toBe(400);
    }
    expect((await (await open()).connect(connectParams({ token: testToken }))).ok).toBe(true);
  });

  test("connections are bounded, and those who are through are not hit", async () => {
    const inside = await connected();
    await Promise.all(Array.from({ length: gatewayLimits.unauthenticatedMax }, () => open()));
    await expect(openWs(running.ws)).rejects.toThrow("503");
    expect((await inside.call("health")).ok).toBe(true);
    for (const client of clients.splice(1)) client.close();
    await expect
      .poll(() =>
        open().then(
          () => "in",
          () => "out",
        ),
      )
      .toBe("in");
  });
});

test("who does not connect within ten seconds is cut off", async () => {
  const clock = createFakeClock();
  const slow = await startTestGateway({ clock });
  const client = await openWs(slow.ws);
  await client.nonce();
  clock.advance(gatewayLimits.handshakeTimeoutMs);
  expect(await client.closed).toMatchObject({ code: 1008, reason: "handshake timeout" });
  await slow.stop();
});

test("ticks come every thirty seconds", async () => {
  const clock = createFakeClock();
  const ticking = await startTestGateway({ clock });
  const client = await openWs(ticking.ws);
  await client.connect(connectParams({ token: testToken }));
  clock.advance(gatewayLimits.tickIntervalMs);
  const tick = await client.next((frame) => frame.event === "tick");
  expect(tick.payload).toEqual({ ts: clock.now() });
  client.close();
  await ticking.stop();
});

describe("after the handshake", () => {
  test.each([
    ["no JSON", "{", "invalid"],
    ["an extra field", '{"type":"req","id":"7","method":"health","admin":true}', "7"],
    ["no method", '{"type":"req","id":"7"}', "7"],
    ["a response", '{"type":"res","id":"7","ok":true}', "7"],
  ])("%s is told and the connection stays", async (_name, text, id) => {
    const client = await connected();
    client.sendText(text);
    const answer = await client.next((frame) => frame.id === id);
    expect(answer).toMatchObject({ type: "res", ok: false, error: { code: "INVALID_REQUEST" } });
    expect((await client.call("health")).ok).toBe(true);
  });

  test("an unknown method and wrong parameters are told, nothing is called", async () => {
    const client = await connected();
    expect((await client.call("nonsense")).error?.details?.["code"]).toBe("method.unknown");
    expect((await client.call("__proto__")).error?.details?.["code"]).toBe("method.unknown");
    const wrong = await client.call("chat.send", { sessionKey: "x", message: 1 });
    expect(wrong.error?.details?.["code"]).toBe("method.invalid_params");
    const extra = await client.call("sessions.delete", { key: "x", force: true });
    expect(extra.error?.details?.["code"]).toBe("method.invalid_params");
    expect(running.services.calls).toEqual([]);
  });

  test("a frame of 1 MB passes, one of 30 MB ends the connection and reaches nobody", async () => {
    const client = await connected();
    const big = await client.call("chat.send", { sessionKey: "s", message: "x".repeat(999_999), idempotencyKey: "k" });
    expect(big.ok).toBe(true);
    client.sendText(`{"type":"req","id":"9","method":"health","params":"${"x".repeat(30 * 1024 * 1024)}"}`);
    // 1009; or the connection is cut while the client still writes, and its reason is lost on the way.
    expect([1009, 1006]).toContain((await client.closed).code);
    expect(client.frames.some((frame) => frame.id === "9")).toBe(false);
  });

  test("ten calls without the scope for them close the connection", async () => {
    const client = await connected({ scopes: ["operator.read"] });
    for (let call = 0; call < 10; call += 1) await client.call("config.set", { raw: "{}" });
    expect(await client.closed).toMatchObject({ code: 1008, reason: "repeated unauthorized calls" });
  });

  test("more than 256 calls under way are told to wait", async () => {
    const client = await connected();
    const started = await client.call("chat.send", { sessionKey: "s", message: "wait", idempotencyKey: "k" });
    const waits = Array.from({ length: 300 }, () => client.call("agent.wait", { runId: started.payload?.["runId"] }));
    await expect.poll(() => client.frames.filter((frame) => frame.error?.code === "UNAVAILABLE").length).toBe(44);
    running.services.finishWaiting();
    const answers = await Promise.all(waits);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(256);
  });

  test("an unexpected failure tells nothing but that there was one", async () => {
    const client = await connected();
    const services = running.services.running;
    if (!services) throw new Error("not running");
    const ledger = {
      ...services.ledger,
      list: async () => {
        throw new Error("a detail for the log only");
      },
    };
    running.services.running = { ...services, ledger };
    const answer = await client.call("ledger.list");
    expect(answer.error).toMatchObject({ code: "UNAVAILABLE", details: { code: "gateway.failed" } });
    expect(JSON.stringify(answer)).not.toContain("a detail");
    expect(running.logged.join()).toContain("a detail for the log only");
  });
});

describe("a web page of somebody else", () => {
  test.each([
    ["another site", { origin: "https://evil.test" }],
    ["another local port", { origin: "http://localhost:5173" }],
    ["an opaque origin", { origin: "null" }],
    ["a rebound name", { host: "evil.test", origin: "http://evil.test" }],
    ["a rebound name without Origin", { host: "evil.test:18789" }],
  ])("%s gets no socket", async (_name, headers) => {
    await expect(openWs(running.ws, headers as Record<string, string>)).rejects.toThrow("403");
  });

  test("forwarding headers do not make a client local, so no silent pairing follows", async () => {
    const client = await open({ "x-forwarded-for": "127.0.0.1" });
    const params = withDevice(connectParams({ token: testToken }), createTestDevice(), await client.nonce());
    expect((await client.connect(params)).error?.code).toBe("NOT_PAIRED");
  });
});

test("in recovery mode core methods answer and the others say what is going on", async () => {
  running.services.running = undefined;
  const client = await connected();
  for (const name of ["status", "config.get", "device.pair.list", "security.audit"]) {
    expect([name, (await client.call(name)).ok]).toEqual([name, true]);
  }
  const refused = await client.call("chat.send", { sessionKey: "s", message: "hi", idempotencyKey: "k" });
  expect(refused.error).toMatchObject({ code: "UNAVAILABLE", details: { code: "gateway.recovery_mode" } });
});

test("a shutdown is announced before the connection closes", async () => {
  const client = await connected();
  const stopping = running.gateway.stop("update", 5_000);
  const event = await client.next((frame) => frame.event === "shutdown");
  expect(event.payload).toEqual({ reason: "update", restartExpectedMs: 5_000 });
  expect((await client.closed).code).toBe(1012);
  await stopping;
});
