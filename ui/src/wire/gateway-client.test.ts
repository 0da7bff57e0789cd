import { expect, test } from "vitest";
import type { Credentials } from "./credentials.ts";
import { identityOf } from "./device-store.ts";
import { record } from "./frames.ts";
import { GatewayClient, type LinkState, type SocketHandlers } from "./gateway-client.ts";
import { RequestError } from "./request-error.ts";

type Timer = { at: number; action: () => void };

async function startLink(credentials: Credentials = { token: "tok" }) {
  const keys = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  const sockets: { handlers: SocketHandlers; sent: Record<string, unknown>[]; closedWith?: number }[] = [];
  const states: LinkState[] = [];
  const events: string[] = [];
  let gaps = 0;
  let now = 1_700_000_000_000;
  let timers: Timer[] = [];
  const client = new GatewayClient({
    openSocket(handlers) {
      const socket: (typeof sockets)[number] = { handlers, sent: [] };
      sockets.push(socket);
      return {
        send: (text) => socket.sent.push(record(JSON.parse(text))),
        close: (code) => {
          socket.closedWith ??= code;
        },
      };
    },
    timers: {
      now: () => now,
      random: () => 1,
      after(delayMs, action) {
        const timer = { at: now + delayMs, action };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    identity: await identityOf(keys),
    info: { version: "1", platform: "test", locale: "en" },
    credentials: () => credentials,
    onState: (state) => states.push(state),
    onEvent: (event) => events.push(event.event),
    onGap: () => {
      gaps += 1;
    },
  });
  const socket = () => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error("no socket was opened");
    return last;
  };
  const say = (frame: object) => socket().handlers.message(JSON.stringify(frame));
  const reply = (payload: object) => say({ type: "res", id: socket().sent.at(-1)?.["id"], ...payload });
  async function challenge() {
    const { length } = socket().sent;
    say({ type: "event", event: "connect.challenge", payload: { nonce: "n1", ts: now } });
    while (socket().sent.length === length) await new Promise((next) => setImmediate(next));
  }
  function pass(ms: number) {
    now += ms;
    for (const timer of timers.filter((one) => one.at <= now)) {
      timers = timers.filter((other) => other !== timer);
      timer.action();
    }
  }
  const settle = () => new Promise((next) => setImmediate(next));
  async function greet(payload: object = {}) {
    await challenge();
    reply({ ok: true, payload: { type: "hello-ok", protocol: 4, policy: { tickIntervalMs: 1000 }, ...payload } });
    await settle();
  }
  client.start();
  return {
    client,
    keys,
    socket,
    sockets,
    states,
    events,
    say,
    reply,
    challenge,
    greet,
    pass,
    settle,
    gaps: () => gaps,
  };
}

test("the connect frame answers the challenge with a signature that the public key verifies", async () => {
  const link = await startLink();
  await link.challenge();
  const params = record(link.socket().sent[0]?.["params"]);
  const device = record(params["device"]);
  const claim = `v3|${device["id"]}|fased-control-ui|ui|operator|operator.admin,operator.read,operator.write,operator.approvals,operator.pairing|${device["signedAt"]}|tok|n1|test|`;
  const signature = Buffer.from(String(device["signature"]), "base64url");
  const verified = await crypto.subtle.verify(
    "Ed25519",
    link.keys.publicKey,
    signature,
    new TextEncoder().encode(claim),
  );
  expect(verified).toBe(true);
  expect(params["auth"]).toEqual({ token: "tok" });
});

test("a request sent before the greeting is refused as offline, after it gets its answer", async () => {
  const link = await startLink();
  await expect(link.client.request("health", {})).rejects.toThrow("no connection");
  await link.greet();
  const answer = link.client.request("health", {});
  link.reply({ ok: true, payload: { ok: true } });
  expect(await answer).toEqual({ ok: true });
});

test("an error answer keeps its code and its details", async () => {
  const link = await startLink();
  await link.greet();
  const answer = link.client.request("config.set", {});
  link.reply({ ok: false, error: { code: "INVALID_REQUEST", message: "missing scope: operator.admin" } });
  const error = await answer.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RequestError);
  expect(error instanceof RequestError && error.wire.code).toBe("INVALID_REQUEST");
});

test("a broken connection fails what was open, waits, and connects again", async () => {
  const link = await startLink();
  await link.greet();
  const cut = link.client.request("health", {}).catch((reason: unknown) => reason);
  link.socket().handlers.closed(1006, "");
  expect(await cut).toBeInstanceOf(RequestError);
  expect(link.states.at(-1)).toMatchObject({ kind: "waiting", reason: "closed with code 1006" });
  link.pass(500);
  expect(link.sockets).toHaveLength(2);
  await link.greet();
  expect(link.states.at(-1)?.kind).toBe("ready");
});

test("a Gateway that is silent for two ticks is left and asked again", async () => {
  const link = await startLink();
  await link.greet();
  link.pass(1999);
  expect(link.states.at(-1)?.kind).toBe("ready");
  link.pass(1);
  expect(link.states.at(-1)).toMatchObject({ kind: "waiting", reason: "the Gateway went silent" });
  expect(link.socket().closedWith).toBe(1000);
});

test("an unknown device waits for its owner and asks again by itself", async () => {
  const link = await startLink();
  await link.challenge();
  const details = { code: "PAIRING_REQUIRED", requestId: "req-7", reason: "not-paired" };
  link.reply({ ok: false, error: { code: "NOT_PAIRED", message: "pairing required", details } });
  await link.settle();
  link.socket().handlers.closed(1008, "pairing required");
  expect(link.states.at(-1)).toMatchObject({ kind: "pairing", requestId: "req-7" });
  link.pass(3000);
  expect(link.sockets).toHaveLength(2);
  expect(link.states.at(-1)?.kind).toBe("pairing");
});

test("a wrong token is not tried again by itself", async () => {
  const link = await startLink();
  await link.challenge();
  const details = { code: "AUTH_TOKEN_MISMATCH", authReason: "token_mismatch" };
  link.reply({ ok: false, error: { code: "INVALID_REQUEST", message: "unauthorized", details } });
  await link.settle();
  link.socket().handlers.closed(1008, "unauthorized");
  expect(link.states.at(-1)).toMatchObject({ kind: "refused", refusal: "credentials", code: "AUTH_TOKEN_MISMATCH" });
  link.pass(60_000);
  expect(link.sockets).toHaveLength(1);
});

test("a missed event is noticed by its number, and once only", async () => {
  const link = await startLink();
  await link.greet();
  link.say({ type: "event", event: "tick", payload: {}, seq: 4 });
  link.say({ type: "event", event: "chat", payload: {}, seq: 5 });
  expect(link.gaps()).toBe(0);
  link.say({ type: "event", event: "chat", payload: {}, seq: 8 });
  link.say({ type: "event", event: "chat", payload: {}, seq: 9 });
  expect(link.gaps()).toBe(1);
  expect(link.events).toEqual(["tick", "chat", "chat", "chat"]);
});

test("text that is no frame is ignored", async () => {
  const link = await startLink();
  await link.greet();
  link.socket().handlers.message("{not json");
  link.socket().handlers.message("[1,2]");
  expect(link.states.at(-1)?.kind).toBe("ready");
});
