/**
 * The CLI's side of the Gateway protocol (version 4): one connection, request and response, events. It authenticates
 * with the Gateway's own token, which local commands find by themselves.
 */
import { randomUUID } from "node:crypto";
import type { Secret } from "../platform/secret.ts";
import { scopes } from "../policy/request.ts";

export type GatewayAddress = {
  readonly url: string;
  readonly credential: { readonly kind: "token" | "password"; readonly secret: Secret } | undefined;
};

export type GatewayEvent = { readonly event: string; readonly payload: unknown };

export interface GatewayConnection {
  /** Resolves with the payload; rejects with GatewayCallError. */
  call<Result>(method: string, parameters?: object, options?: { readonly timeoutMs?: number }): Promise<Result>;
  onEvent(listener: (event: GatewayEvent) => void): void;
  close(): void;
}

export class GatewayCallError extends Error {
  /** Wire code (`INVALID_REQUEST` …), or `unreachable`, `timeout`, `closed` for the connection itself. */
  readonly code: string;
  readonly details: unknown;

  constructor(code: string, message: string, details?: unknown) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

const callTimeoutMs = 30_000;
const connectTimeoutMs = 10_000;
const protocolVersion = 4;

type Waiting = { settle(payload: unknown): void; reject(error: GatewayCallError): void };
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
export async function connectGateway(address: GatewayAddress, version: string): Promise<GatewayConnection> {
  const connection = new Connection(address.url);
  try {
    await withTimeout(connection.challenged, connectTimeoutMs, "the Gateway did not greet");
    await connection.call("connect", connectParameters(address, version), { timeoutMs: connectTimeoutMs });
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
  readonly challenged: Promise<void>;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners: ((event: GatewayEvent) => void)[] = [];
  #greeted: Waiting = { settle: () => undefined, reject: () => undefined };

  constructor(url: string) {
    this.challenged = new Promise((resolve, reject) => {
      this.#greeted = { settle: () => resolve(), reject };
    });
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", (message) => this.#onFrame(JSON.parse(String(message.data)) as Frame));
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
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { settle: resolve, reject }));
    this.#socket.send(JSON.stringify({ type: "req", id, method, params: parameters }));
    const late = `the Gateway did not answer ${method} in time`;
    return withTimeout(answer, options.timeoutMs ?? callTimeoutMs, late) as Promise<Result>;
  }

  onEvent(listener: (event: GatewayEvent) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#socket.close();
  }

  #onFrame(frame: Frame): void {
    if (frame.type === "event") {
      if (frame.event === "connect.challenge") this.#greeted.settle(undefined);
      for (const listener of this.#listeners) listener({ event: frame.event, payload: frame.payload });
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if (frame.ok) waiting?.settle(frame.payload);
    else
      waiting?.reject(
        new GatewayCallError(frame.error?.code ?? "unknown", frame.error?.message ?? "refused", frame.error?.details),
      );
  }

  #fail(code: string, message: string): void {
    const error = new GatewayCallError(code, message);
    this.#greeted.reject(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
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
