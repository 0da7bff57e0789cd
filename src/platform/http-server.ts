/**
 * The Gateway's one port: HTTP and WebSocket upgrades on loopback, with every limit that must hold before anybody is
 * authenticated. Requests arrive as WHATWG requests, with the raw target and the socket's peer beside them.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { hasCode } from "./files.ts";

/** Slow-loris and flood limits; they apply to everyone, before authentication. */
export const httpLimits = {
  connectionsMax: 512,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 5_000,
  headerBytesMax: 16 * 1024,
  headersMax: 64,
  requestsPerSocketMax: 1_000,
} as const;

export type HttpLimits = { readonly [Name in keyof typeof httpLimits]: number };

type Peer = { readonly address: string; readonly port: number };

/** What the WHATWG request does not tell. */
export type RequestFacts = {
  readonly peer: Peer;
  /** Path and query exactly as they were sent. */
  readonly target: string;
  /** Headers that must be unique and were sent more than once. */
  readonly repeatedHeaders: readonly string[];
};

export type UpgradeRequest = {
  readonly facts: RequestFacts;
  header(name: string): string | undefined;
  /** When the underlying socket is gone, upgraded or not. */
  onClose(listener: () => void): void;
  /** Answers with an HTTP error instead of upgrading, and closes. */
  refuse(status: number, body: string): void;
  readonly raw: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
};

export type HttpHandlers = {
  fetch(request: Request, facts: RequestFacts): Response | Promise<Response>;
  upgrade(upgrade: UpgradeRequest): void;
};

export type HttpServer = {
  readonly port: number;
  /** `127.0.0.1`, and `::1` where the host has it. */
  readonly addresses: readonly string[];
  /** Stops accepting, ends idle connections, and after `graceMs` all others. */
  close(graceMs: number): Promise<void>;
};

export class PortInUseError extends Error {
  readonly code = "gateway.port_in_use";

  constructor(port: number) {
    super(
      `port ${port} on loopback is in use, perhaps by another Gateway; stop it, or start with \`--port\` and another number`,
    );
    this.name = "PortInUseError";
  }
}

/** Listens on loopback only. Port 0 takes a free one. Throws PortInUseError. */
export async function listenLoopback(
  port: number,
  handlers: HttpHandlers,
  limits: HttpLimits = httpLimits,
): Promise<HttpServer> {
  const first = await listen(port, "127.0.0.1", makeServer(handlers, limits));
  const bound = (first.address() as AddressInfo).port;
  const servers = [first];
  try {
    servers.push(await listen(bound, "::1", makeServer(handlers, limits)));
  } catch (error) {
    // Without IPv6 there is no ::1 to bind. A ::1 that somebody else holds is a risk: browsers may try it first.
    if (error instanceof PortInUseError) {
      first.close();
      throw error;
    }
  }
  return {
    port: bound,
    addresses: servers.map((server) => (server.address() as AddressInfo).address),
    close: async (graceMs) => {
      await Promise.all(servers.map((server) => closeServer(server, graceMs)));
    },
  };
}

const upgraded = new WeakMap<Server, ReadonlySet<Duplex>>();

function makeServer(handlers: HttpHandlers, limits: HttpLimits): Server {
  const respond = getRequestListener(
    (request, env) => handlers.fetch(request, requestFacts((env as HttpBindings).incoming)),
    { overrideGlobalObjects: false, errorHandler: () => new Response("internal error\n", { status: 500 }) },
  );
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      requireHostHeader: true,
      joinDuplicateHeaders: false,
    },
    (incoming, outgoing) => {
      respond(incoming, outgoing).catch(() => outgoing.destroy());
    },
  );
  server.maxConnections = limits.connectionsMax;
  server.maxHeadersCount = limits.headersMax;
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  const open = new Set<Duplex>();
  upgraded.set(server, open);
  server.on("upgrade", (request, socket, head) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    handlers.upgrade(upgradeRequest(request, socket, head));
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  return server;
}

const uniqueHeaders = new Set([
  "host",
  "origin",
  "authorization",
  "content-length",
  "content-type",
  "transfer-encoding",
]);

function requestFacts(incoming: IncomingMessage): RequestFacts {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = (incoming.rawHeaders[index] ?? "").toLowerCase();
    if (uniqueHeaders.has(name) && seen.has(name)) repeated.add(name);
    seen.add(name);
  }
  return { peer: peerOf(incoming.socket), target: incoming.url ?? "", repeatedHeaders: [...repeated] };
}

function peerOf(socket: Socket): Peer {
  return { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
}

function upgradeRequest(request: IncomingMessage, socket: Duplex, head: Buffer): UpgradeRequest {
  return {
    facts: requestFacts(request),
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    onClose: (listener) => {
      socket.once("close", listener);
    },
    refuse(status, body) {
      const length = Buffer.byteLength(body);
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`,
      );
    },
    raw: { request, socket, head },
  };
}

function listen(port: number, host: string, server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(hasCode(error, "EADDRINUSE") ? new PortInUseError(port) : error);
    });
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.closeAllConnections();
      // Upgraded connections are the server's no longer, yet it waits for them.
      for (const socket of upgraded.get(server) ?? []) socket.destroy();
    }, graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
