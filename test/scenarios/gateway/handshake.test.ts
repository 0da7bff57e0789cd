import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../../src/platform/secret.ts";
import { startTestGateway, type TestGateway, testToken } from "../../fakes/gateway.ts";
import { connectParams, createTestDevice, openWs, program, type WsClient, withDevice } from "../../fakes/ws-client.ts";

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

const page = { id: "fased-control-ui", version: "1", platform: "linux", mode: "ui" };
const ownOrigin = () => ({ origin: running.http });
const admin = { deviceId: undefined, scopes: ["operator.admin"] as const };

describe("a program with the operator token", () => {
  test.each([
    [[4, 4], 4],
    [[3, 3], 3],
    [[1, 9], 4],
  ] as const)("that speaks versions %j gets version %i", async (protocol, chosen) => {
    const client = await open();
    const hello = await client.connect(connectParams({ token: testToken }, { protocol }));
    expect(hello.payload).toMatchObject({
      type: "hello-ok",
      protocol: chosen,
      auth: { role: "operator" },
      policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
    });
    expect((await client.call("health")).payload).toMatchObject({ ok: true });
  });

  test.each(["openclaw-tui", "fased-tui", "gateway-client", "test"])("may call itself %s", async (id) => {
    const client = await open();
    const hello = await client.connect(connectParams({ token: testToken }, { client: { ...program, id } }));
    expect(hello.ok).toBe(true);
  });

  test("gets the scopes that it asks for, and what it says about itself gives nothing", async () => {
    const client = await open();
    const hello = await client.connect(connectParams({ token: testToken }, { scopes: ["operator.read", "root"] }));
    expect(hello.payload?.["auth"]).toEqual({ role: "operator", scopes: ["operator.read"] });
    const refused = await client.call("config.set", { raw: "{}" });
    expect(refused.error).toMatchObject({
      code: "INVALID_REQUEST",
      message: "missing scope: operator.admin",
      details: { code: "MISSING_SCOPE", missingScope: "operator.admin", requiredScopes: ["operator.admin"] },
    });
    expect(running.services.calls).toEqual([]);
    expect(running.recorded).toEqual(["method.scope_missing"]);
  });

  test("and an empty list of scopes may do nothing", async () => {
    const client = await open();
    await client.connect(connectParams({ token: testToken }, { scopes: [] }));
    expect((await client.call("health")).ok).toBe(false);
  });
});

describe("who is not let in", () => {
  test.each([
    ["no credential", connectParams(undefined), "AUTH_TOKEN_MISSING"],
    ["a wrong token", connectParams({ token: "wrong" }), "AUTH_TOKEN_MISMATCH"],
    ["the token as password", connectParams({ password: testToken }), "AUTH_TOKEN_MISSING"],
    ["an unknown device token", connectParams({ deviceToken: "0".repeat(32) }), "AUTH_DEVICE_TOKEN_MISMATCH"],
    ["a node without device", connectParams({ token: testToken }, { role: "node" }), "DEVICE_IDENTITY_REQUIRED"],
    ["an unknown role", connectParams({ token: testToken }, { role: "admin" }), "INVALID_ROLE"],
    ["an unknown client", connectParams({ token: testToken }, { client: { ...program, id: "x" } }), "CONNECT_INVALID"],
    ["an extra field", { ...connectParams({ token: testToken }), admin: true }, "CONNECT_INVALID"],
    ["a page without Origin", connectParams({ token: testToken }, { client: page }), "CONTROL_UI_ORIGIN_NOT_ALLOWED"],
  ])("%s", async (_name, params, code) => {
    const client = await open();
    expect((await client.connect(params)).error?.details?.["code"]).toBe(code);
    expect((await client.closed).code).toBe(1008);
    expect(running.services.calls).toEqual([]);
  });

  test.each([[[1, 2]], [[5, 9]], [[4, 3]]] as const)("versions %j: protocol mismatch, 1002", async (protocol) => {
    const client = await open();
    const answer = await client.connect(connectParams({ token: testToken }, { protocol }));
    expect(answer.error).toMatchObject({ message: "protocol mismatch", details: { expectedProtocol: 4 } });
    expect((await client.closed).code).toBe(1002);
  });

  test("50 wrong tokens lock a page out, the right one does not help it then; a program is not affected", async () => {
    const codes: unknown[] = [];
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const client = await open(ownOrigin());
      codes.push((await client.connect(connectParams({ token: "wrong" }))).error?.details?.["code"]);
    }
    expect(codes.slice(0, 10)).toEqual(Array(10).fill("AUTH_TOKEN_MISMATCH"));
    expect(codes.slice(10)).toEqual(Array(40).fill("AUTH_RATE_LIMITED"));
    const right = await open(ownOrigin());
    const answer = await right.connect(connectParams({ token: testToken }));
    expect(answer.error?.details).toMatchObject({ code: "AUTH_RATE_LIMITED", retryAfterMs: expect.any(Number) });
    const local = await open();
    expect((await local.connect(connectParams({ token: testToken }))).ok).toBe(true);
  });
});

describe("a page", () => {
  async function pairedPage(scopes: readonly string[]) {
    const device = createTestDevice();
    const client = await open(ownOrigin());
    const nonce = await client.nonce();
    const params = withDevice(connectParams({ token: testToken }, { client: page, scopes }), device, nonce);
    const hello = await client.connect(params);
    const auth = hello.payload?.["auth"] as { deviceToken: string } | undefined;
    return { device, params, deviceToken: auth?.deviceToken ?? "" };
  }

  test("with the token needs a device; it is paired silently on this machine and comes back with its token", async () => {
    const without = await open(ownOrigin());
    const refused = await without.connect(connectParams({ token: testToken }, { client: page }));
    expect(refused.error?.details?.["code"]).toBe("CONTROL_UI_DEVICE_IDENTITY_REQUIRED");
    const { device, deviceToken } = await pairedPage(["operator.read"]);
    expect(deviceToken).toMatch(/^[0-9a-f]{32}$/);

    const again = await open(ownOrigin());
    const own = connectParams({ deviceToken }, { client: page, scopes: ["operator.read"] });
    expect((await again.connect(withDevice(own, device, await again.nonce()))).ok).toBe(true);

    const wider = await open(ownOrigin());
    const more = connectParams({ deviceToken }, { client: page, scopes: ["operator.admin"] });
    const upgrade = await wider.connect(withDevice(more, device, await wider.nonce()));
    expect(upgrade.error).toMatchObject({
      code: "NOT_PAIRED",
      details: { code: "PAIRING_REQUIRED", reason: "scope-upgrade", requestId: expect.any(String) },
    });
  });

  test("cannot replay a recorded frame, and another device cannot use a stolen device token", async () => {
    const { params, deviceToken } = await pairedPage(["operator.read"]);
    const replay = await open(ownOrigin());
    expect((await replay.connect(params)).error?.details?.["code"]).toBe("DEVICE_AUTH_NONCE_MISMATCH");
    const thief = await open(ownOrigin());
    const stolen = connectParams({ deviceToken }, { client: page });
    const answer = await thief.connect(withDevice(stolen, createTestDevice(), await thief.nonce()));
    expect(answer.error?.details?.["code"]).toBe("AUTH_DEVICE_TOKEN_MISMATCH");
  });
});

test("a node is never paired silently, and once paired may call no operator method", async () => {
  const device = createTestDevice();
  const client = { ...program, id: "node-host", mode: "node" };
  const params = connectParams({ token: testToken }, { role: "node", client });
  const first = await open();
  const waiting = await first.connect(withDevice(params, device, await first.nonce()));
  expect(waiting.error?.details).toMatchObject({ code: "PAIRING_REQUIRED", reason: "not-paired" });
  await running.devices.approve(String(waiting.error?.details?.["requestId"]), admin);
  const second = await open();
  expect((await second.connect(withDevice(params, device, await second.nonce()))).ok).toBe(true);
  for (let call = 0; call < 10; call += 1) {
    expect((await second.call("health")).error?.message).toBe("unauthorized role: node");
  }
  expect(await second.closed).toMatchObject({ code: 1008, reason: "repeated unauthorized calls" });
});

describe("revocation takes effect on live connections", () => {
  async function paired() {
    const device = createTestDevice();
    const client = await open();
    await client.connect(withDevice(connectParams({ token: testToken }), device, await client.nonce()));
    return { device, client };
  }

  test("of a device token", async () => {
    const { device, client } = await paired();
    await running.devices.revoke({ deviceId: device.id, role: "operator" }, admin);
    expect((await client.closed).code).toBe(1008);
    const again = await open();
    const params = withDevice(connectParams({ token: testToken }), device, await again.nonce());
    expect((await again.connect(params)).error?.code).toBe("NOT_PAIRED");
  });

  test("of a device, while another device stays connected", async () => {
    const { device, client } = await paired();
    const other = await paired();
    await running.devices.remove(device.id, admin);
    expect((await client.closed).code).toBe(1008);
    expect((await other.client.call("health")).ok).toBe(true);
  });

  test("of the operator token: connections that live on it end, and it opens nothing any more", async () => {
    const client = await open();
    await client.connect(connectParams({ token: testToken }));
    const next = "another-token-of-more-than-24-chars";
    running.gateway.replaceAuth({ mode: "token", secret: new Secret(next) });
    expect((await client.closed).code).toBe(1008);
    const old = await open();
    expect((await old.connect(connectParams({ token: testToken }))).ok).toBe(false);
    const renewed = await open();
    expect((await renewed.connect(connectParams({ token: next }))).ok).toBe(true);
  });
});
