import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SurfaceEntry } from "../../../src/gateway/surface.ts";
import { startTestGateway, type TestGateway, testToken } from "../../fakes/gateway.ts";
import { connectParams, openWs } from "../../fakes/ws-client.ts";

let running: TestGateway;
beforeAll(async () => {
  running = await startTestGateway();
});
afterAll(() => running.stop());

type Headers = Record<string, string | string[]>;
const bearer = `Bearer ${testToken}`;

/** Twelve ways to come without being let in. */
const variants: readonly [name: string, headers: Headers][] = [
  ["nothing", {}],
  ["an empty bearer", { authorization: "Bearer " }],
  ["a wrong bearer", { authorization: "Bearer wrong-token-of-24-characters" }],
  ["the token without scheme", { authorization: testToken }],
  ["another scheme", { authorization: `Basic ${Buffer.from(`x:${testToken}`).toString("base64")}` }],
  ["two bearers in one header", { authorization: `Bearer wrong, ${bearer}` }],
  ["two authorization headers", { authorization: ["Bearer wrong", bearer] }],
  ["the token in a header of its own", { "x-fased-token": testToken }],
  ["a proxy's user header", { "x-forwarded-user": "owner", "x-forwarded-for": "127.0.0.1" }],
  ["a Tailscale identity", { "tailscale-user-login": "owner@example.com" }],
  ["a foreign Origin, with the token", { origin: "https://evil.test", authorization: bearer }],
  ["a rebound Host, with the token", { host: "evil.test", authorization: bearer }],
];

/** Raw, because fetch would not send such headers. */
function send(entry: { verb: string; path: string }, headers: Headers): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: running.gateway.port, method: entry.verb, path: entry.path };
    const sent = httpRequest(
      { ...options, headers: { "content-type": "application/json", ...headers } },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on("error", reject);
    sent.end(entry.verb === "POST" ? "{}" : undefined);
  });
}

const routesOf = (entries: readonly SurfaceEntry[]) => entries.filter((entry) => entry.kind === "route");
const methodsOf = (entries: readonly SurfaceEntry[]) => entries.filter((entry) => entry.kind === "method");

describe("every entry of the table", () => {
  test("that needs authentication refuses all twelve variants and calls nothing", async () => {
    const guarded = routesOf(running.gateway.surface.entries).filter((entry) => entry.auth !== "none");
    expect(guarded.length).toBeGreaterThanOrEqual(2);
    const answers: { at: string; status: number }[] = [];
    for (const entry of guarded) {
      for (const [name, headers] of variants) {
        answers.push({ at: `${entry.verb} ${entry.path} with ${name}`, status: await send(entry, headers) });
      }
    }
    expect(answers.filter(({ status }) => ![400, 401, 403, 429].includes(status))).toEqual([]);
    expect(running.services.calls).toEqual([]);
    expect(running.devices.list({ deviceId: undefined, scopes: ["operator.admin"] }).paired).toEqual([]);
  });

  test("that needs none only reads: any other verb is refused and nothing is called", async () => {
    const free = routesOf(running.gateway.surface.entries).filter((entry) => entry.auth === "none");
    expect(free.length).toBeGreaterThanOrEqual(4);
    for (const entry of free) {
      expect(entry.verb).toBe("GET");
      for (const verb of ["POST", "PUT", "DELETE", "PATCH"]) {
        const status = await send({ verb, path: entry.path.replace("*", "x") }, { authorization: bearer });
        expect([verb, entry.path, [404, 405].includes(status)]).toEqual([verb, entry.path, true]);
      }
    }
    expect(running.services.calls).toEqual([]);
  });

  test("that is a method is not reached without connect, nor by an operator without scopes", async () => {
    const methods = methodsOf(running.gateway.surface.entries);
    expect(methods.length).toBeGreaterThanOrEqual(45);
    for (const entry of methods) {
      const stranger = await openWs(running.ws);
      expect((await stranger.call(entry.name, {})).ok).toBe(false);
      expect((await stranger.closed).code).toBe(1008);
      const powerless = await openWs(running.ws);
      await powerless.connect(connectParams({ token: testToken }, { scopes: [] }));
      const answer = await powerless.call(entry.name, {});
      expect([entry.name, answer.error?.message]).toEqual([entry.name, `missing scope: ${entry.auth}`]);
      powerless.close();
    }
    expect(running.services.calls).toEqual([]);
  });
});

test("the benign twin: the token opens the route", async () => {
  const response = await fetch(`${running.http}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: bearer },
    body: JSON.stringify({ model: "fased", messages: [{ role: "user", content: "hi" }] }),
  });
  expect(response.status).toBe(200);
});
