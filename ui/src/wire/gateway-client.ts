/**
 * One connection to the Gateway that heals itself: challenge, signed connect, requests, events, and after a break the
 * same again with growing pauses. What the page shows is derived from `LinkState`; nothing else knows about sockets.
 */
import { backoffMs } from "./backoff.ts";
import { type ClientInfo, connectParams } from "./connect-params.ts";
import type { Credentials } from "./credentials.ts";
import type { DeviceIdentity } from "./device-store.ts";
import { type EventFrame, type Hello, parseFrame, parseHello, type ResponseFrame, record, stringOf } from "./frames.ts";
import { type RefusalKind, refusalOf } from "./refusal.ts";
import { RequestError } from "./request-error.ts";

export type Socket = { send(text: string): void; close(code: number, reason: string): void };
export type SocketHandlers = { message(text: string): void; closed(code: number, reason: string): void };
export type Timers = { now(): number; after(delayMs: number, action: () => void): () => void; random(): number };

export type LinkState =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "ready"; readonly hello: Hello }
  | { readonly kind: "waiting"; readonly retryAtMs: number; readonly reason: string }
  | { readonly kind: "pairing"; readonly requestId: string; readonly deviceId: string }
  | { readonly kind: "refused"; readonly refusal: RefusalKind; readonly code: string; readonly message: string }
  | { readonly kind: "stopped" };

export type ClientPorts = {
  readonly openSocket: (handlers: SocketHandlers) => Socket;
  readonly timers: Timers;
  readonly identity: DeviceIdentity;
  readonly info: ClientInfo;
  readonly credentials: () => Credentials;
  readonly onState: (state: LinkState) => void;
  readonly onEvent: (event: EventFrame) => void;
  /** Events were missed: views must read again what they show. */
  readonly onGap: () => void;
};

type Pending = { settle(payload: unknown): void; fail(error: RequestError): void; cancelTimer(): void };

const requestTimeoutMsDefault = 30_000;
const handshakeTimeoutMs = 10_000;
const pairingRetryMs = 3_000;
const silentTicksMax = 2;
const closeSilent = 4000;

export class GatewayClient {
  readonly #ports: ClientPorts;
  readonly #pending = new Map<string, Pending>();
  #socket: Socket | undefined;
  #generation = 0;
  #attempt = 0;
  #requests = 0;
  #lastSeq: number | undefined;
  #tickIntervalMs = 0;
  #cancelTimers: (() => void)[] = [];
  #cancelWatchdog: (() => void) | undefined;
  #refused: LinkState | undefined;
  #ready = false;

  constructor(ports: ClientPorts) {
    this.#ports = ports;
  }

  /** Connects now, whatever was planned. Safe to call at any time. */
  start(): void {
    this.#drop("restarting");
    this.#attempt += 1;
    this.#refused = undefined;
    this.#ports.onState({ kind: "connecting", attempt: this.#attempt });
    const generation = ++this.#generation;
    this.#socket = this.#ports.openSocket({
      message: (text) => this.#isCurrent(generation) && this.#receive(text),
      closed: (code, reason) => this.#isCurrent(generation) && this.#closed(code, reason),
    });
    this.#cancelTimers.push(this.#ports.timers.after(handshakeTimeoutMs, () => this.#giveUpHandshake()));
  }

  stop(): void {
    this.#generation += 1;
    this.#drop("stopped");
    this.#ports.onState({ kind: "stopped" });
  }

  /** Resolves with the payload, rejects with RequestError. A request that a broken connection cut rejects at once. */
  request(method: string, params: unknown, timeoutMs = requestTimeoutMsDefault): Promise<unknown> {
    if (!this.#ready) return Promise.reject(RequestError.offline(method));
    return this.#send(method, params, timeoutMs);
  }

  #send(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const id = `r${++this.#requests}`;
    return new Promise((settle, fail) => {
      const cancelTimer = this.#ports.timers.after(timeoutMs, () => {
        this.#pending.delete(id);
        fail(RequestError.timedOut(method, timeoutMs));
      });
      this.#pending.set(id, { settle, fail, cancelTimer });
      this.#socket?.send(JSON.stringify({ type: "req", id, method, params }));
    });
  }

  #receive(text: string): void {
    this.#watch();
    const frame = parseFrame(text);
    if (frame === undefined) return;
    if (frame.type === "res") this.#answer(frame);
    else if (frame.event === "connect.challenge") {
      void this.#connect(stringOf(record(frame.payload)["nonce"]) ?? "");
    } else {
      this.#noticeGap(frame);
      this.#ports.onEvent(frame);
    }
  }

  #answer(frame: ResponseFrame): void {
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    this.#pending.delete(frame.id);
    pending.cancelTimer();
    if (frame.ok) pending.settle(frame.payload);
    else pending.fail(new RequestError(frame.error));
  }

  #noticeGap(frame: EventFrame): void {
    if (frame.seq === undefined) return;
    const expected = this.#lastSeq === undefined ? frame.seq : this.#lastSeq + 1;
    this.#lastSeq = frame.seq;
    if (frame.seq > expected) this.#ports.onGap();
  }

  async #connect(nonce: string): Promise<void> {
    const { identity, info, timers } = this.#ports;
    const generation = this.#generation;
    try {
      const claim = { nonce, signedAtMs: timers.now(), credentials: this.#ports.credentials() };
      const params = await connectParams(identity, info, claim);
      if (!this.#isCurrent(generation)) return;
      const hello = parseHello(await this.#send("connect", params, handshakeTimeoutMs));
      if (this.#isCurrent(generation)) this.#greet(hello);
    } catch (error) {
      if (this.#isCurrent(generation)) this.#refuse(error);
    }
  }

  #greet(hello: Hello): void {
    this.#cancelAll();
    this.#attempt = 0;
    this.#lastSeq = undefined;
    this.#tickIntervalMs = hello.tickIntervalMs;
    this.#ready = true;
    this.#ports.onState({ kind: "ready", hello });
    this.#watch();
  }

  #refuse(error: unknown): void {
    if (!(error instanceof RequestError)) throw error;
    const refusal = refusalOf(error.wire);
    if (refusal.kind === "retry") return;
    this.#refused =
      refusal.kind === "pairing"
        ? { kind: "pairing", requestId: refusal.requestId, deviceId: this.#ports.identity.id }
        : { kind: "refused", refusal: refusal.kind, code: refusal.code, message: error.wire.message };
    this.#socket?.close(1000, "refused");
  }

  #closed(code: number, reason: string): void {
    const refused = this.#refused;
    this.#drop(reason);
    if (refused === undefined) {
      this.#retry(backoffMs(this.#attempt + 1, this.#ports.timers.random), code, reason);
      return;
    }
    this.#ports.onState(refused);
    if (refused.kind === "pairing") this.#after(pairingRetryMs, () => this.#askAgain(refused));
  }

  /** While the owner decides, the page asks quietly: the state on screen stays. */
  #askAgain(refused: LinkState): void {
    this.start();
    this.#ports.onState(refused);
  }

  #retry(delayMs: number, code: number, reason: string): void {
    const retryAtMs = this.#ports.timers.now() + delayMs;
    this.#ports.onState({ kind: "waiting", retryAtMs, reason: reason === "" ? `closed with code ${code}` : reason });
    this.#after(delayMs, () => this.start());
  }

  #giveUpHandshake(): void {
    const socket = this.#socket;
    this.#closed(closeSilent, "no greeting within ten seconds");
    socket?.close(closeSilent, "handshake timed out");
  }

  /** A Gateway that has been silent for two ticks is gone, whatever the socket says. */
  #watch(): void {
    this.#cancelWatchdog?.();
    this.#cancelWatchdog = undefined;
    if (!this.#ready) return;
    this.#cancelWatchdog = this.#ports.timers.after(this.#tickIntervalMs * silentTicksMax, () => {
      const socket = this.#socket;
      this.#closed(closeSilent, "the Gateway went silent");
      socket?.close(closeSilent, "tick timeout");
    });
  }

  #after(delayMs: number, action: () => void): void {
    this.#cancelTimers.push(this.#ports.timers.after(delayMs, action));
  }

  #isCurrent(generation: number): boolean {
    return generation === this.#generation;
  }

  #cancelAll(): void {
    for (const cancel of this.#cancelTimers.splice(0)) cancel();
  }

  #drop(reason: string): void {
    this.#cancelAll();
    this.#cancelWatchdog?.();
    this.#ready = false;
    this.#generation += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000, "");
    for (const pending of [...this.#pending.values()]) {
      pending.cancelTimer();
      pending.fail(RequestError.cut(reason));
    }
    this.#pending.clear();
  }
}
