/**
 * A server of protocol version 4 for browser tests: real HTTP, real WebSocket, real handshake with a verified device
 * signature. What it answers is scripted by `scripted-gateway.ts`.
 */
import { createHash, createPublicKey, randomBytes, randomUUID, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";

export type Answer = unknown | Promise<unknown>;
export type Methods = Readonly<Record<string, (params: Record<string, unknown>) => Answer>>;

export class WireFault extends Error {
  readonly shape: { code: string; message: string; details?: unknown };

  constructor(code: string, message: string, details?: unknown) {
    super(message);
    this.shape = { code, message, ...(details === undefined ? {} : { details }) };
  }
}

export type ProtocolServer = {
  readonly url: string;
  readonly token: string;
  loginLink(): string;
  publish(event: string, payload: unknown): void;
  /** Lets in the device that waits. */
  approveDevice(): void;
  /** Closes every connection as a crash would. */
  cutConnections(): void;
  stop(): Promise<void>;
};

export type ProtocolScript = {
  readonly methods: Methods;
  readonly snapshot: object;
  /** `paired`: the Gateway's token is enough; `pairing`: a new device waits for approval. */
  readonly newDevices: "paired" | "pairing";
};

const root = join(import.meta.dirname, "../../../dist/ui");
const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types dompurify";

export async function startProtocolServer(script: ProtocolScript): Promise<ProtocolServer> {
  const token = randomBytes(16).toString("hex");
  const codes = new Set<string>();
  const deviceTokens = new Map<string, string>();
  const sockets = new Map<WebSocket, { seq: number }>();
  let openDoor = script.newDevices === "paired";

  const server = createServer((request, response) => {
    if (request.method === "POST" && request.url === "/login/redeem")
      void redeem(request, response, { codes, deviceTokens });
    else serveFile(request, response);
  });
  const acceptor = new WebSocketServer({ server, maxPayload: 64 * 1024 });
  acceptor.on("connection", (socket) => {
    const nonce = randomUUID();
    socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce, ts: Date.now() } }));
    const greet = (params: Record<string, unknown>) => {
      const deviceToken = admit(params, { nonce, token, deviceTokens, openDoor });
      sockets.set(socket, { seq: 0 });
      return hello(script, deviceToken);
    };
    socket.on("message", (data) => {
      void respond(socket, JSON.parse(String(data)) as Frame, { ...script.methods, connect: greet });
    });
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    loginLink() {
      const code = randomBytes(12).toString("base64url");
      codes.add(code);
      return `${url}/#code=${code}`;
    },
    publish(event, payload) {
      for (const [socket, state] of sockets) {
        state.seq += 1;
        socket.send(JSON.stringify({ type: "event", event, payload, seq: state.seq }));
      }
    },
    approveDevice() {
      openDoor = true;
    },
    cutConnections() {
      for (const socket of sockets.keys()) socket.terminate();
    },
    async stop() {
      for (const client of acceptor.clients) client.terminate();
      acceptor.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

type Frame = { readonly id: string; readonly method: string; readonly params: Record<string, unknown> };

async function respond(socket: WebSocket, frame: Frame, methods: Methods): Promise<void> {
  const reply = (body: object) => socket.send(JSON.stringify({ type: "res", id: frame.id, ...body }));
  try {
    reply({ ok: true, payload: await answer(methods, frame) });
  } catch (error) {
    const shape = error instanceof WireFault ? error.shape : { code: "UNAVAILABLE", message: String(error) };
    reply({ ok: false, error: shape });
    if (frame.method === "connect") socket.close(1008, shape.message.slice(0, 100));
  }
}

async function answer(methods: Methods, frame: Frame): Promise<unknown> {
  const method = methods[frame.method];
  if (method === undefined) throw new WireFault("INVALID_REQUEST", `unknown method: ${frame.method}`);
  return (await method(frame.params)) ?? null;
}

type Door = { nonce: string; token: string; deviceTokens: Map<string, string>; openDoor: boolean };

/** The order of the handshake: device proof, credential, pairing. Returns the token of the device. */
function admit(params: Record<string, unknown>, door: Door): string {
  const device = params["device"] as Record<string, string>;
  const auth = (params["auth"] ?? {}) as Record<string, string | undefined>;
  assertProof(params, door.nonce);
  const id = device["id"] ?? "";
  const known = door.deviceTokens.get(id);
  if (known !== undefined && auth["deviceToken"] === known) return known;
  if (auth["token"] === undefined && auth["deviceToken"] === undefined) {
    throw new WireFault("INVALID_REQUEST", "unauthorized: token missing", { code: "AUTH_TOKEN_MISSING" });
  }
  if (auth["token"] !== door.token) {
    throw new WireFault("INVALID_REQUEST", "unauthorized: token mismatch", { code: "AUTH_TOKEN_MISMATCH" });
  }
  if (!door.openDoor) {
    const requestId = "3f6b1c52-6e0b-4f77-9a61-2f1f0f3f7d10";
    throw new WireFault("NOT_PAIRED", "pairing required", {
      code: "PAIRING_REQUIRED",
      requestId,
      reason: "not-paired",
    });
  }
  const issued = randomBytes(16).toString("hex");
  door.deviceTokens.set(id, issued);
  return issued;
}

function assertProof(params: Record<string, unknown>, nonce: string): void {
  const device = params["device"] as Record<string, string | number>;
  const client = params["client"] as Record<string, string>;
  const auth = (params["auth"] ?? {}) as Record<string, string | undefined>;
  const raw = Buffer.from(String(device["publicKey"]), "base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  const claim = [
    ...["v3", device["id"], client["id"], client["mode"], params["role"], (params["scopes"] as string[]).join(",")],
    ...[
      device["signedAt"],
      auth["token"] ?? auth["deviceToken"] ?? "",
      nonce,
      String(client["platform"]).toLowerCase(),
      "",
    ],
  ].join("|");
  const isOwn = createHash("sha256").update(raw).digest("hex") === device["id"];
  const isSigned = verify(null, Buffer.from(claim), key, Buffer.from(String(device["signature"]), "base64url"));
  if (!isOwn || !isSigned) {
    throw new WireFault("INVALID_REQUEST", "device signature invalid", { code: "DEVICE_AUTH_SIGNATURE_INVALID" });
  }
}

function hello(script: ProtocolScript, deviceToken: string): object {
  return {
    type: "hello-ok",
    protocol: 4,
    server: { version: "0.1.0", connId: randomUUID() },
    features: { methods: Object.keys(script.methods), events: ["chat", "agent"] },
    snapshot: script.snapshot,
    auth: { deviceToken, role: "operator", scopes: ["operator.admin"], issuedAtMs: Date.now() },
    policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
  };
}

type Redeem = { codes: Set<string>; deviceTokens: Map<string, string> };

async function redeem(
  request: IncomingMessage,
  response: ServerResponse,
  { codes, deviceTokens }: Redeem,
): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { code, device } = JSON.parse(text) as { code: string; device: { id: string } };
  response.setHeader("content-type", "application/json");
  if (!codes.delete(code)) {
    const message = "this log-in code was used, is older than a minute, or is wrong; run `fased dashboard` again";
    response
      .writeHead(401)
      .end(JSON.stringify({ error: { type: "unauthorized", code: "login.code_invalid", message } }));
    return;
  }
  const deviceToken = randomBytes(16).toString("hex");
  deviceTokens.set(device.id, deviceToken);
  response.writeHead(200).end(JSON.stringify({ deviceToken, role: "operator", scopes: ["operator.admin"] }));
}

function serveFile(request: IncomingMessage, response: ServerResponse): void {
  const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
  const name = extname(path) === "" ? "/index.html" : path;
  response.setHeader("content-security-policy", policy);
  response.setHeader("x-content-type-options", "nosniff");
  try {
    const bytes = readFileSync(join(root, name));
    response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}
