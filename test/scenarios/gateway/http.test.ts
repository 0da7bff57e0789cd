import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BindRefusedError } from "../../../src/gateway/settings.ts";
import { askLocalSocket } from "../../../src/platform/local-socket.ts";
import { startTestGateway, type TestGateway, testToken } from "../../fakes/gateway.ts";
import { connectParams, createTestDevice, openWs, withDevice } from "../../fakes/ws-client.ts";

let running: TestGateway;
beforeEach(async () => {
  running = await startTestGateway();
});
afterEach(() => running.stop());

const json = { "content-type": "application/json" };
const bearer = { ...json, authorization: `Bearer ${testToken}` };

function post(path: string, body: unknown, headers: Record<string, string> = json): Promise<Response> {
  return fetch(`${running.http}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("the page", () => {
  test("comes with a policy that allows nothing inline and nothing remote, for every address of the page", async () => {
    for (const path of ["/", "/chat", "/chat/agent:main:main"]) {
      const response = await fetch(`${running.http}${path}`);
      expect([path, response.status, response.headers.get("content-type")]).toEqual([
        path,
        200,
        "text/html; charset=utf-8",
      ]);
      const policy = response.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(response.headers.get("x-frame-options")).toBe("DENY");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("serves its files, and neither others nor other spellings of them", async () => {
    expect((await fetch(`${running.http}/assets/app.js`)).headers.get("content-type")).toContain("text/javascript");
    expect((await fetch(`${running.http}/assets/other.js`)).status).toBe(404);
    expect((await fetch(`${running.http}//assets/app.js`)).status).toBe(400);
    expect((await fetch(`${running.http}/assets%2fapp.js`)).status).toBe(400);
    expect((await fetch(`${running.http}/api/channels/x`)).status).toBe(404);
    expect((await fetch(`${running.http}/index.html`, { method: "DELETE" })).status).toBe(405);
  });

  test("is told what it needs before it connects, and no more", async () => {
    const bootstrap = await (await fetch(`${running.http}/__fased/control-ui-config.json`)).json();
    expect(bootstrap).toEqual({
      basePath: "/",
      assistantName: "Fased",
      assistantAvatar: null,
      assistantAgentId: "main",
    });
  });

  test("that is not built says how to build it, and is served once it is there", async () => {
    const bare = await startTestGateway({ page: "absent" });
    const response = await fetch(bare.http);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("npm run build");
    await bare.stop();
  });
});

test("liveness and readiness tell one bit", async () => {
  expect(await (await fetch(`${running.http}/healthz`)).json()).toEqual({ ok: true, status: "live" });
  expect((await fetch(`${running.http}/readyz`)).status).toBe(200);
  running.services.ready = false;
  const notReady = await fetch(`${running.http}/readyz`);
  expect([notReady.status, await notReady.json()]).toEqual([503, { ready: false }]);
  expect((await fetch(`${running.http}/healthz`, { method: "HEAD" })).status).toBe(200);
});

describe("a log-in link", () => {
  const codeOf = (link: string) => new URLSearchParams(new URL(link).hash.slice(1)).get("code") ?? "";

  test("from the socket of the same OS user logs one browser in, once, without the operator token", async () => {
    const path = join(running.folder, "gateway.sock");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const link = await askLocalSocket(path, "login-link");
    expect(link.startsWith(`${running.http}/#code=`)).toBe(true);
    expect(link).not.toContain(testToken);
    const device = createTestDevice();
    const body = { code: codeOf(link), device: { id: device.id, publicKey: device.publicKey } };
    const headers = { ...json, origin: running.http };
    const { deviceToken } = (await (await post("/login/redeem", body, headers)).json()) as { deviceToken: string };

    const client = await openWs(running.ws, { origin: running.http });
    const page = { id: "fased-control-ui", version: "1", platform: "Linux x86_64", mode: "ui" };
    const params = connectParams({ deviceToken }, { client: page });
    expect((await client.connect(withDevice(params, device, await client.nonce()))).ok).toBe(true);
    expect((await client.call("device.pair.list")).payload?.["paired"]).toHaveLength(1);
    client.close();
    expect((await post("/login/redeem", body, headers)).status).toBe(401);
  });

  test("is spent by its first use, whatever came with it", async () => {
    const device = createTestDevice();
    const code = codeOf(running.gateway.loginLink());
    const wrong = { code, device: { id: "0".repeat(64), publicKey: device.publicKey } };
    expect((await post("/login/redeem", wrong)).status).toBe(400);
    const right = { code, device: { id: device.id, publicKey: device.publicKey } };
    expect((await post("/login/redeem", right)).status).toBe(401);
  });

  test("cannot be guessed, nor posted by a form or another site", async () => {
    const device = createTestDevice();
    const guess = { code: "guess", device: { id: device.id, publicKey: device.publicKey } };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await post("/login/redeem", guess)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    const code = codeOf(running.gateway.loginLink());
    const body = { code, device: { id: device.id, publicKey: device.publicKey } };
    expect((await post("/login/redeem", body, { "content-type": "text/plain" })).status).toBe(415);
    expect((await post("/login/redeem", body, { ...json, origin: "https://evil.test" })).status).toBe(403);
    expect((await post("/login/redeem", body, { ...json, "sec-fetch-site": "cross-site" })).status).toBe(403);
  });
});

describe("chat completions", () => {
  const ask = (body: object, headers: Record<string, string> = bearer) => post("/v1/chat/completions", body, headers);
  const hi = { model: "fased", messages: [{ role: "user", content: "hi" }] };

  test("answer in the known form", async () => {
    const answer = await (await ask(hi)).json();
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "fased",
      choices: [{ index: 0, message: { role: "assistant", content: "You said: hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    });
  });

  test("stream as server-sent events that end with [DONE]", async () => {
    const response = await ask({ ...hi, stream: true });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const lines = (await response.text()).split("\n\n").filter((line) => line !== "");
    expect(lines.at(-1)).toBe("data: [DONE]");
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)));
    const text = chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("");
    expect(text).toBe("You said: hi");
    expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
  });

  test.each([
    ["a failing model", { ...hi, messages: [{ role: "user", content: "fail" }] }, 502],
    ["an unknown agent", { ...hi, model: "fased/other" }, 404],
    ["no messages", { ...hi, messages: [] }, 400],
    ["only what others said", { ...hi, messages: [{ role: "assistant", content: "hi" }] }, 400],
    ["a picture", { ...hi, messages: [{ role: "user", content: [{ type: "image_url" }] }] }, 400],
  ])("%s is an error with a code", async (_name, body, status) => {
    const response = await ask(body);
    expect([response.status, (await response.json()) as object]).toEqual([
      status,
      { error: { type: expect.any(String), code: expect.any(String), message: expect.any(String) } },
    ]);
  });

  test("a body that is too large or no JSON is refused before any run", async () => {
    const large = { ...hi, user: "x".repeat(1_100_000) };
    expect((await ask(large)).status).toBe(413);
    const broken = await fetch(`${running.http}/v1/chat/completions`, { method: "POST", headers: bearer, body: "{" });
    expect(broken.status).toBe(400);
    expect(running.services.calls).toEqual([]);
  });

  test("a turn that waits for its owner says so, with the words of the request", async () => {
    const answer = await (await ask({ ...hi, messages: [{ role: "user", content: "park" }] })).text();
    expect(answer).toContain("amber-falcon");
  });

  test("a client that goes away ends its run", async () => {
    const abort = new AbortController();
    const body = JSON.stringify({ ...hi, stream: true, messages: [{ role: "user", content: "wait" }] });
    const options = { method: "POST", headers: bearer, body, signal: abort.signal };
    const response = await fetch(`${running.http}/v1/chat/completions`, options);
    await response.body?.getReader().read();
    await expect.poll(() => running.services.calls.includes("runs.wait")).toBe(true);
    abort.abort();
    await expect.poll(() => running.services.calls.includes("chat.abort")).toBe(true);
  });

  test("are not found when they are switched off, whoever asks", async () => {
    const off = await startTestGateway({ settings: { chatCompletions: "disabled" } });
    const options = { method: "POST", headers: bearer, body: JSON.stringify(hi) };
    expect((await fetch(`${off.http}/v1/chat/completions`, options)).status).toBe(404);
    await off.stop();
  });
});

test.each(["lan", "auto", "tailnet", "custom"])("bind %s is refused, with what to do instead", async (bind) => {
  const start = startTestGateway({ settings: { bind } });
  await expect(start).rejects.toThrow(BindRefusedError);
  await expect(start).rejects.toThrow("ssh -N -L");
});
