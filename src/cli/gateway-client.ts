/**
 * The CLI's side of the Gateway protocol (version 4): one connection, request and response, events. It authenticates
 * with the Gateway's own token, which local commands find by themselves.
 */
import { randomUUID } from "node:crypto";
import type { Secret } from "../platform/secret.ts";
import { scopes } from "../policy/request.ts";

export type GatewayAddress = {
  /** `ws://…` or `wss://…`. */
  readonly url: string;
  readonly credential: { readonly kind: "token" | "password"; readonly secret: Secret } | undefined;
};

export type GatewayEvent = { readonly event: string; readonly payload: unknown };

export interface GatewayConnection {
  readonly url: string;
  /** Rejects with GatewayCallError once the connection ends, whoever ends it; never resolves. */
  readonly ended: Promise<never>;
  /** Resolves with the first answer's payload; rejects with GatewayCallError. */
  call<Result>(method: string, parameters?: object, options?: { readonly timeoutMs?: number }): Promise<Result>;
  onEvent(listener: (event: GatewayEvent) => void): void;
  close(): void;
}

export class GatewayCallError extends Error {
  /** Wire code (`INVALID_REQUEST` …), or `unreachable`, `timeout`, `closed`, `protocol` for the connection itself. */
  readonly code: string;
  readonly details: unknown;

  constructor(code: string, message: string, details?: unknown) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export type ConnectOptions = {
  /** Of this program, for display. */
  readonly version: string;
  readonly timeoutMs?: number;
};

const callTimeoutMs = 30_000;
const connectTimeoutMs = 10_000;
const protocolVersion = 4;

type Waiting = { readonly resolve: (payload: unknown) => void; readonly reject: (error: GatewayCallError) => void };
type Frame =
  | { type: "event"; event: string; payload?: unknown }
  | {
      type: "res";
      id: string;
      ok: boolean;
      payload?: unknown;
      error?: { code: string; message: string; details?: unknown };
    };

/** Connects and authenticates. Rejects with GatewayCallError: `unreachable` when nothing listens there. */
export async function connectGateway(address: GatewayAddress, options: ConnectOptions): Promise<GatewayConnection> {
  const timeoutMs = options.timeoutMs ?? connectTimeoutMs;
  const connection = new Connection(address.url, options.timeoutMs ?? callTimeoutMs);
  try {
    await withTimeout(connection.challenged, timeoutMs, "the Gateway did not greet");
    await connection.call("connect", connectParameters(address, options.version), { timeoutMs });
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connectParameters({ credential }: GatewayAddress, version: string): object {
  return {
    minProtocol: protocolVersion,
    maxProtocol: protocolVersion,
    client: { id: "cli", version, platform: "cli", mode: "cli" },
    role: "operator",
    scopes,
    ...(credential === undefined ? {} : { auth: { [credential.kind]: credential.secret.reveal() } }),
  };
}

class Connection implements GatewayConnection {
  readonly url: string;
  readonly challenged: Promise<void>;
  readonly ended: Promise<never>;
  readonly #callTimeoutMs: number;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners: ((event: GatewayEvent) => void)[] = [];
  #greeted: Waiting = { resolve: () => undefined, reject: () => undefined };
  #end: (error: GatewayCallError) => void = () => undefined;

  constructor(url: string, timeoutMs: number) {
    this.url = url;
    this.#callTimeoutMs = timeoutMs;
    this.challenged = new Promise((resolve, reject) => {
      this.#greeted = { resolve: () => resolve(), reject };
    });
    this.ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    // Nobody need watch it.
    this.ended.catch(() => undefined);
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => this.#onText(String(data)));
    this.#socket.addEventListener("error", () => this.#fail("unreachable", `no Gateway answers at ${url}`));
    this.#socket.addEventListener("close", ({ reason }) => {
      this.#fail(
        "closed",
        reason === "" ? "the Gateway closed the connection" : `the Gateway closed the connection: ${reason}`,
      );
    });
  }

  call<Result>(method: string, parameters: object = {}, options: { timeoutMs?: number } = {}): Promise<Result> {
    const id = randomUUID();
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ type: "req", id, method, params: parameters }));
    const late = `the Gateway did not answer ${method} in time`;
    const ended = Promise.race([answer, this.ended]);
    return withTimeout(ended, options.timeoutMs ?? this.#callTimeoutMs, late) as Promise<Result>;
  }

  onEvent(listener: (event: GatewayEvent) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#socket.close();
  }

  #onText(text: string): void {
    const frame = parseFrame(text);
    if (!frame) {
      this.#fail("protocol", `what answers at ${this.url} does not speak the Gateway protocol`);
      this.close();
    } else if (frame.type === "event") this.#onEvent(frame.event, frame.payload);
    else this.#onAnswer(frame);
  }

  #onEvent(event: string, payload: unknown): void {
    if (event === "connect.challenge") this.#greeted.resolve(undefined);
    for (const listener of this.#listeners) listener({ event, payload });
  }

  #onAnswer({ id, ok, payload, error }: Extract<Frame, { type: "res" }>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (ok) waiting?.resolve(payload);
    else waiting?.reject(new GatewayCallError(error?.code ?? "unknown", error?.message ?? "refused", error?.details));
  }

  /** Only the first reason counts. */
  #fail(code: string, message: string): void {
    const error = new GatewayCallError(code, message);
    this.#greeted.reject(error);
    this.#end(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function parseFrame(text: string): Frame | undefined {
  try {
    const frame = JSON.parse(text) as Frame;
    return frame?.type === "event" || frame?.type === "res" ? frame : undefined;
  } catch {
    return undefined;
  }
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GatewayCallError("timeout", late)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
