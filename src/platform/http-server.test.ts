import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type HttpHandlers, type HttpServer, httpLimits, listenLoopback, PortInUseError } from "./http-server.ts";
import { createSocketAcceptor, type SocketConnection } from "./web-socket.ts";

const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close(50);
});

async function start(handlers: Partial<HttpHandlers>, limits = {}): Promise<HttpServer> {
  const server = await listenLoopback(
    0,
    { fetch: () => new Response("ok"), upgrade: (upgrade) => upgrade.refuse(404, "{}"), ...handlers },
    { ...httpLimits, ...limits },
  );
  open.push(server);
  return server;
}

/** Sends bytes and resolves with all that comes back until the server closes. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

test("the handler sees the raw target and which headers came twice", async () => {
  const seen: unknown[] = [];
  const server = await start({
    fetch: (_request, facts) => {
      seen.push(facts);
      return new Response("ok");
    },
  });
  await exchange(
    server.port,
    "GET /a/%2e%2e//b?q=1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a\r\nOrigin: http://b\r\nConnection: close\r\n\r\n",
  );
  expect(seen).toEqual([
    {
      peer: { address: "127.0.0.1", port: expect.any(Number) },
      target: "/a/%2e%2e//b?q=1",
      repeatedHeaders: ["origin"],
    },
  ]);
});

test("a second server on the port is told that it is in use", async () => {
  const server = await start({});
  await expect(start({}).then(() => listenLoopback(server.port, {} as HttpHandlers))).rejects.toThrow(PortInUseError);
});

test("a client that sends its headers drop by drop is cut off", async () => {
  const server = await start({}, { headersTimeoutMs: 200 });
  const started = Date.now();
  const answer = await exchange(server.port, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
  expect(answer).toMatch(/^(HTTP\/1\.1 4|$)/);
  expect(Date.now() - started).toBeLessThan(5_000);
});

test("headers beyond their limit never reach the handler", async () => {
  let calls = 0;
  const server = await start({
    fetch: () => {
      calls += 1;
      return new Response("ok");
    },
  });
  const answer = await exchange(
    server.port,
    `GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: ${"a".repeat(20_000)}\r\n\r\n`,
  );
  expect(answer).toContain("400");
  expect(calls).toBe(0);
});

function accepting(messageBytesMax: number, onOpen: (connection: SocketConnection) => void): Partial<HttpHandlers> {
  const acceptor = createSocketAcceptor(messageBytesMax);
  return { upgrade: (upgrade) => acceptor.accept(upgrade, onOpen) };
}

function closeCode(port: number, text: string | Buffer): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    socket.on("open", () => socket.send(text));
    socket.on("close", resolve);
    socket.on("error", () => undefined);
  });
}

test("a message over the limit closes with 1009, one under it arrives", async () => {
  const received: number[] = [];
  const server = await start(
    accepting(1_000, (connection) =>
      connection.onText((text) => {
        received.push(text.length);
        connection.close(1000, "done");
      }),
    ),
  );
  expect(await closeCode(server.port, "a".repeat(1_001))).toBe(1009);
  expect(await closeCode(server.port, "a".repeat(1_000))).toBe(1000);
  expect(received).toEqual([1_000]);
});

test("the limit of one connection can be raised, and only of that one", async () => {
  let connections = 0;
  const server = await start(
    accepting(1_000, (connection) => {
      connections += 1;
      if (connections === 1) connection.allowMessageBytes(5_000);
      connection.onText(() => connection.close(1000, "done"));
    }),
  );
  expect(await closeCode(server.port, "a".repeat(4_000))).toBe(1000);
  expect(await closeCode(server.port, "a".repeat(4_000))).toBe(1009);
});

test("a binary frame is refused", async () => {
  const server = await start(accepting(1_000, (connection) => connection.onText(() => undefined)));
  expect(await closeCode(server.port, Buffer.from([1, 2, 3]))).toBe(1003);
});

test("a refused upgrade gets its status and no socket", async () => {
  const server = await start({ upgrade: (upgrade) => upgrade.refuse(403, '{"error":"no"}') });
  const answer = await exchange(
    server.port,
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  expect(answer).toContain("HTTP/1.1 403");
  expect(answer).toContain('{"error":"no"}');
});

test("closing waits no longer than its grace time, not even for a WebSocket that stays", async () => {
  const server = await start(accepting(1_000, () => undefined));
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  socket.on("error", () => undefined);
  await once(socket, "open");
  const closed = once(socket, "close");
  await server.close(20);
  await closed;
});

test("a connection that never sends a byte is cut off", async () => {
  const server = await start({}, { headersTimeoutMs: 200, requestTimeoutMs: 400 });
  expect(await exchange(server.port, "")).toMatch(/^(HTTP\/1\.1 4|$)/);
});

test("a body that never ends is cut off", async () => {
  const server = await start(
    { fetch: async (request) => new Response(await request.text()) },
    { headersTimeoutMs: 200, requestTimeoutMs: 400 },
  );
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf";
  expect(await exchange(server.port, head)).not.toContain("200 OK");
});
