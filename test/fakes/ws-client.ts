/** A WebSocket client that speaks raw frames, for what a well-behaved client never does. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { WebSocket } from "ws";
import { deviceIdOf, devicePayload } from "../../src/identity/device-signature.ts";

export type Frame = {
  readonly type: "res" | "event";
  readonly id?: string;
  readonly ok?: boolean;
  readonly event?: string;
  readonly seq?: number;
  readonly payload?: Record<string, unknown>;
  readonly error?: { code: string; message: string; details?: Record<string, unknown>; retryAfterMs?: number };
};

export type WsClient = {
  readonly frames: Frame[];
  readonly closed: Promise<{ code: number; reason: string }>;
  send(frame: unknown): void;
  sendText(text: string): void;
  /** The next frame, from now or already here, that matches; each frame is returned once. */
  next(matches: (frame: Frame) => boolean): Promise<Frame>;
  call(method: string, params?: unknown): Promise<Frame>;
  connect(params: object): Promise<Frame>;
  nonce(): Promise<string>;
  close(): void;
};

export async function openWs(url: string, headers: Record<string, string> = {}): Promise<WsClient> {
  const socket = new WebSocket(url, { headers });
  const frames: Frame[] = [];
  const unread: Frame[] = [];
  let waiting: { matches: (frame: Frame) => boolean; resolve: (frame: Frame) => void }[] = [];
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString("utf8")) as Frame;
    frames.push(frame);
    const reader = waiting.find(({ matches }) => matches(frame));
    if (!reader) {
      unread.push(frame);
      return;
    }
    waiting = waiting.filter((other) => other !== reader);
    reader.resolve(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on("open", () => resolve());
    socket.on("error", reject);
  });
  let calls = 0;
  const client: WsClient = {
    frames,
    closed,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendText: (text) => socket.send(text),
    next(matches) {
      const at = unread.findIndex(matches);
      const [found] = at < 0 ? [] : unread.splice(at, 1);
      if (found) return Promise.resolve(found);
      return new Promise((resolve) => waiting.push({ matches, resolve }));
    },
    call(method, params) {
      calls += 1;
      const id = `c${calls}`;
      client.send({ type: "req", id, method, ...(params === undefined ? {} : { params }) });
      return client.next((frame) => frame.type === "res" && frame.id === id);
    },
    connect: (params) => client.call("connect", params),
    async nonce() {
      const challenge = await client.next((frame) => frame.event === "connect.challenge");
      return String(challenge.payload?.["nonce"]);
    },
    close: () => socket.terminate(),
  };
  return client;
}

export const program = { id: "cli", version: "1", platform: "linux", mode: "cli" };

export type ConnectOptions = {
  readonly client?: object;
  readonly scopes?: readonly string[];
  readonly role?: string;
  readonly protocol?: readonly [number, number];
};

export function connectParams(auth: object | undefined, options: ConnectOptions = {}): Record<string, unknown> {
  const [minProtocol, maxProtocol] = options.protocol ?? [4, 4];
  return {
    minProtocol,
    maxProtocol,
    client: options.client ?? program,
    ...(options.scopes === undefined ? {} : { scopes: options.scopes }),
    ...(options.role === undefined ? {} : { role: options.role }),
    ...(auth === undefined ? {} : { auth }),
  };
}

export type TestDevice = { readonly id: string; readonly publicKey: string; readonly privateKey: KeyObject };

export function createTestDevice(): TestDevice {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  return { id: deviceIdOf(raw), publicKey: raw.toString("base64url"), privateKey };
}

/** The keys as PEM, as the reference client wants them. */
export function rawDevicePem({ privateKey }: TestDevice): { privateKeyPem: string; publicKeyPem: string } {
  return {
    privateKeyPem: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    publicKeyPem: createPublicKey(privateKey).export({ format: "pem", type: "spki" }).toString(),
  };
}

type Auth = { token?: string; deviceToken?: string; password?: string };

/** `params` with the proof that `device` holds its key, for this nonce. */
export function withDevice(
  params: Record<string, unknown>,
  device: TestDevice,
  nonce: string,
): Record<string, unknown> {
  const client = params["client"] as { id: string; mode: string; platform: string };
  const auth = (params["auth"] ?? {}) as Auth;
  const unsigned = { deviceId: device.id, publicKey: device.publicKey, signature: "", signedAtMs: Date.now(), nonce };
  const payload = devicePayload("v3", unsigned, {
    clientId: client.id,
    clientMode: client.mode,
    role: (params["role"] as string | undefined) ?? "operator",
    scopes: (params["scopes"] as string[] | undefined) ?? [],
    token: auth.token ?? auth.deviceToken ?? "",
    platform: client.platform,
    deviceFamily: undefined,
  });
  const signature = sign(null, Buffer.from(payload), device.privateKey).toString("base64url");
  return {
    ...params,
    device: { id: device.id, publicKey: device.publicKey, signature, signedAt: unsigned.signedAtMs, nonce },
  };
}
