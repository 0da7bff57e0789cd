import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createHttpClient, type HttpClient } from "./http-client.ts";
import type { HttpRequest } from "./http-message.ts";

type Seen = { method: string; url: string; headers: IncomingMessage["headers"]; body: string };
type Handler = (request: Seen, response: ServerResponse) => void;

class Site {
  readonly server: Server;
  readonly seen: Seen[] = [];
  handler: Handler = (_request, response) => response.end("ok");
  constructor() {
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const seen = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      this.seen.push(seen);
      this.handler(seen, response);
    });
  }
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }
}

const here = new Site();
const evil = new Site();
beforeAll(async () => {
  for (const site of [here, evil]) {
    site.server.listen(0, "127.0.0.1");
    await once(site.server, "listening");
  }
});
afterAll(() => {
  for (const site of [here, evil]) site.server.close().closeAllConnections();
});

let client: HttpClient;
beforeEach(() => {
  client = createHttpClient({ privateOrigins: [here.origin, evil.origin] });
  for (const site of [here, evil]) {
    site.seen.length = 0;
    site.handler = (_request, response) => response.end("ok");
  }
});
afterEach(() => client.close());

const get = (url: string, more: Partial<HttpRequest> & { maxBytes?: number } = {}) =>
  client.fetch({ url, timeoutMs: 5_000, maxBytes: 100_000, ...more });

const redirectTo = (target: string, status = 302): Handler => {
  return (_request, response) => response.writeHead(status, { location: target }).end();
};

describe("which destinations are reached", () => {
  test("a private origin that is named exactly answers; the same server under any other spelling does not", async () => {
    client = createHttpClient({ privateOrigins: [here.origin] });
    expect((await get(`${here.origin}/a`)).body.toString()).toBe("ok");
    const spellings = ["localhost", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "0.0.0.0"];
    for (const host of spellings) {
      await expect(get(`http://${host}:${here.port}/`)).rejects.toMatchObject({ code: "egress.private_address" });
    }
    await expect(get(evil.origin)).rejects.toMatchObject({ code: "egress.private_address" });
    await expect(get("http://169.254.169.254/latest/meta-data/")).rejects.toMatchObject({
      code: "egress.private_address",
    });
    expect([here.seen.length, evil.seen.length]).toEqual([1, 0]);
  });

  test("decimal, octal and hexadecimal spellings of a named origin are that origin; of others they are refused", async () => {
    client = createHttpClient({ privateOrigins: [here.origin] });
    expect((await get(`http://2130706433:${here.port}/`)).status).toBe(200);
    for (const host of ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1."]) {
      await expect(get(`http://${host}:${evil.port}/`)).rejects.toMatchObject({ code: "egress.private_address" });
    }
    expect(evil.seen).toEqual([]);
  });

  test("a name with one private address among public ones is refused", async () => {
    client = createHttpClient({ privateOrigins: [], lookup: async () => ["93.184.216.34", "127.0.0.1"] });
    await expect(get(`http://mixed.test:${here.port}/`)).rejects.toMatchObject({ code: "egress.private_address" });
    expect(here.seen).toEqual([]);
  });

  test("a name that rebinds after the check gains nothing: it is asked once and the answer is pinned", async () => {
    let calls = 0;
    const lookup = async () => {
      calls += 1;
      return [calls === 1 ? "192.0.2.1" : "127.0.0.1"];
    };
    client = createHttpClient({ privateOrigins: [], lookup });
    await expect(get(`http://rebind.test:${here.port}/`)).rejects.toMatchObject({ code: "egress.private_address" });
    await expect(get(`http://rebind.test:${here.port}/`)).rejects.toMatchObject({ code: "egress.private_address" });
    expect(calls).toBe(2);
    expect(here.seen).toEqual([]);
  });

  test("a named private host may resolve to a private address, under its own name", async () => {
    const named = `http://model.lan:${here.port}`;
    client = createHttpClient({ privateOrigins: [named], lookup: async () => ["127.0.0.1"] });
    expect((await get(named)).status).toBe(200);
    expect(here.seen[0]?.headers.host).toBe(`model.lan:${here.port}`);
    await expect(get(`http://other.lan:${here.port}`)).rejects.toMatchObject({ code: "egress.private_address" });
  });

  test("this machine's own addresses are refused even where they are public", async () => {
    const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    client = createHttpClient({ privateOrigins: [] });
    for (const entry of own) {
      const host = entry.family === "IPv6" ? `[${entry.address}]` : entry.address;
      await expect(get(`http://${host}:${here.port}/`, { timeoutMs: 2_000 })).rejects.toThrow();
    }
    client = createHttpClient({ privateOrigins: [], lookup: async () => own.map((entry) => entry.address) });
    await expect(get(`http://self.test:${here.port}/`)).rejects.toMatchObject({ code: "egress.private_address" });
    expect(here.seen).toEqual([]);
  });

  test("a name that does not exist, and a closed port, have codes of their own", async () => {
    client = createHttpClient({ privateOrigins: [], lookup: () => Promise.reject(new Error("ENOTFOUND")) });
    await expect(get("http://absent.test/")).rejects.toMatchObject({ code: "egress.unknown_host" });
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const origin = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise((resolve) => closed.close(resolve));
    client = createHttpClient({ privateOrigins: [origin] });
    await expect(get(origin)).rejects.toMatchObject({ code: "egress.connect_failed" });
  });

  test("connection headers cannot be set, so Host cannot lie", async () => {
    await expect(get(here.origin, { headers: { Host: "internal" } })).rejects.toMatchObject({ code: "egress.header" });
    expect(here.seen).toEqual([]);
  });
});

describe("redirects", () => {
  test("are followed and end where they lead", async () => {
    here.handler = (request, response) => {
      if (request.url === "/a") redirectTo("/b")(request, response);
      else response.end("here");
    };
    const response = await get(`${here.origin}/a`);
    expect({ url: response.url, text: response.body.toString() }).toEqual({ url: `${here.origin}/b`, text: "here" });
  });

  test.each([
    "http://localhost:PORT/",
    "http://169.254.169.254/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "file:///etc/passwd",
  ])("to %s are checked again and refused", async (target) => {
    here.handler = redirectTo(target.replace("PORT", String(evil.port)));
    await expect(get(here.origin)).rejects.toMatchObject({ name: "EgressError" });
    expect(evil.seen).toEqual([]);
  });

  test("a chain is checked at every step and has an end", async () => {
    here.handler = redirectTo("/again");
    await expect(get(here.origin, { maxRedirects: 3 })).rejects.toMatchObject({ code: "egress.too_many_redirects" });
    expect(here.seen.length).toBe(4);
  });

  test("no credential in any header crosses to another origin; within the origin all go along", async () => {
    const headers = { Authorization: "Bearer canary", Cookie: "canary", "X-Api-Key": "canary", accept: "text/html" };
    here.handler = redirectTo(`${evil.origin}/steal`);
    await get(here.origin, { headers });
    expect(JSON.stringify(evil.seen)).not.toContain("canary");
    expect(evil.seen[0]?.headers.accept).toBe("text/html");

    here.seen.length = 0;
    here.handler = (request, response) =>
      request.url === "/a" ? redirectTo("/b")(request, response) : response.end("ok");
    await get(`${here.origin}/a`, { headers });
    expect(here.seen[1]?.headers).toMatchObject({ authorization: "Bearer canary", "x-api-key": "canary" });
  });

  test("a body never crosses: 302 turns into a GET without it, 307 is refused", async () => {
    const post = { method: "POST", body: "canary", headers: { "content-type": "text/plain" } };
    here.handler = redirectTo(evil.origin, 302);
    await get(here.origin, post);
    expect(evil.seen).toEqual([expect.objectContaining({ method: "GET", body: "" })]);
    expect(evil.seen[0]?.headers).not.toHaveProperty("content-type");

    here.handler = redirectTo(evil.origin, 307);
    await expect(get(here.origin, post)).rejects.toMatchObject({ code: "egress.redirect_body" });
    expect(evil.seen.length).toBe(1);

    here.handler = (request, response) =>
      request.url === "/" ? redirectTo("/b", 307)(request, response) : response.end(request.body);
    expect((await get(here.origin, post)).body.toString()).toBe("canary");
  });

  test("the caller may stop at a redirect and gets it as the answer", async () => {
    here.handler = redirectTo(`${evil.origin}/x`);
    const asked: string[] = [];
    const response = await get(here.origin, {
      onRedirect: (from, to) => {
        asked.push(`${from.origin} ${to.href}`);
        return "stop";
      },
    });
    expect({ status: response.status, location: response.headers["location"] }).toEqual({
      status: 302,
      location: `${evil.origin}/x`,
    });
    expect(asked).toEqual([`${here.origin} ${evil.origin}/x`]);
    expect(evil.seen).toEqual([]);
  });
});

describe("limits", () => {
  test("a long body is cut at maxBytes and says so; one exactly as long is not", async () => {
    here.handler = (_request, response) => response.end("12345");
    expect(await get(here.origin, { maxBytes: 4 })).toMatchObject({ truncated: true, body: Buffer.from("1234") });
    expect(await get(here.origin, { maxBytes: 5 })).toMatchObject({ truncated: false, body: Buffer.from("12345") });
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ] as const)(
    "%s is decoded, and a bomb of it costs no more than the limit",
    async (encoding, compress) => {
      const small = compress(Buffer.alloc(5_000, 97));
      const large = compress(Buffer.alloc(30_000_000, 97));
      here.handler = (request, response) => {
        response.writeHead(200, { "content-encoding": encoding }).end(request.url === "/bomb" ? large : small);
      };
      expect((await get(`${here.origin}/small`)).body.length).toBe(5_000);
      const before = process.memoryUsage().arrayBuffers;
      const bomb = await get(`${here.origin}/bomb`, { timeoutMs: 20_000 });
      const grownBytes = process.memoryUsage().arrayBuffers - before;
      expect({ bytes: bomb.body.length, truncated: bomb.truncated }).toEqual({ bytes: 100_000, truncated: true });
      expect(grownBytes).toBeLessThan(10_000_000);
    },
    30_000,
  );

  test("an unknown or doubled content encoding is refused, and broken gzip is an error", async () => {
    here.handler = (_request, response) => response.writeHead(200, { "content-encoding": "gzip, gzip" }).end("x");
    await expect(get(here.origin)).rejects.toMatchObject({ code: "egress.encoding" });
    here.handler = (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("not gzip");
    await expect(get(here.origin)).rejects.toMatchObject({ name: "EgressError" });
  });

  test("a server that never answers, or drips its body, hits the time limit", async () => {
    here.handler = () => undefined;
    await expect(get(here.origin, { timeoutMs: 150 })).rejects.toMatchObject({ code: "egress.timeout" });
    here.handler = (_request, response) => {
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    };
    await expect(get(here.origin, { timeoutMs: 150 })).rejects.toMatchObject({ code: "egress.timeout" });
  });

  test("the caller can cancel", async () => {
    const controller = new AbortController();
    here.handler = () => controller.abort();
    await expect(get(here.origin, { signal: controller.signal })).rejects.toMatchObject({ code: "egress.aborted" });
  });

  test("error messages hold the origin, never the path or query", async () => {
    here.handler = (_request, response) => response.destroy();
    const error = await get(`${here.origin}/bot123:canary/x?key=canary`).catch((reason: Error) => reason);
    expect(String(error)).toContain(here.origin);
    expect(String(error)).not.toContain("canary");
  });
});

describe("streams and library fetch", () => {
  test("a stream hands over pieces as they come", async () => {
    const gate = Promise.withResolvers<void>();
    here.handler = async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      await gate.promise;
      response.end("data: 2\n\n");
    };
    const response = await client.stream({ url: here.origin, timeoutMs: 5_000 });
    const pieces: string[] = [];
    for await (const chunk of response.body) {
      pieces.push(String(chunk));
      gate.resolve();
    }
    expect(pieces).toEqual(["data: 1\n\n", "data: 2\n\n"]);
  });

  test("a library's fetch goes through the same checks", async () => {
    const libraryFetch = client.fetchFor("the model test/x");
    here.handler = (request, response) => response.writeHead(201, { "x-seen": request.method }).end(request.body);
    const response = await libraryFetch(`${here.origin}/v1`, {
      method: "POST",
      body: JSON.stringify({ a: 1 }),
      headers: { "content-type": "application/json", connection: "keep-alive", "x-api-key": "k" },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get("x-seen")).toBe("POST");
    expect(await response.json()).toEqual({ a: 1 });
    expect(here.seen[0]?.headers).toMatchObject({ "x-api-key": "k" });
    await expect(libraryFetch("http://10.0.0.1/")).rejects.toThrow("the model test/x: http://10.0.0.1");
  });

  test("a library's form, stream and empty answers work", async () => {
    const libraryFetch = client.fetchFor("files");
    here.handler = (request, response) => response.end(request.body);
    const form = new FormData();
    form.set("file", new Blob(["content"]), "name.txt");
    expect(await (await libraryFetch(here.origin, { method: "POST", body: form })).text()).toContain("content");
    here.handler = (_request, response) => response.writeHead(204).end();
    expect(await (await libraryFetch(new Request(here.origin))).text()).toBe("");
  });

  test("an aborted library fetch rejects with the caller's reason", async () => {
    const controller = new AbortController();
    here.handler = () => controller.abort(new Error("changed my mind"));
    await expect(client.fetchFor("x")(here.origin, { signal: controller.signal })).rejects.toThrow("changed my mind");
  });
});
