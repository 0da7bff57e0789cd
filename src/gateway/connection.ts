/** One WebSocket connection: who is on it, what may be sent to it, and how it ends. */
import type { SocketConnection } from "../platform/web-socket.ts";
import { type EventName, eventScopes } from "./events.ts";
import { gatewayLimits } from "./limits.ts";
import type { MethodRequest } from "./method.ts";
import type { Caller } from "./services.ts";

/** What the upgrade request told. */
export type Arrival = {
  readonly clientIp: string;
  readonly place: "local" | "remote";
  readonly origin: string | undefined;
};

/** An authenticated operator. Made by the handshake only. */
export type Operator = {
  readonly caller: Caller;
  readonly deviceId: string | undefined;
  /** Set for connections that live on the operator secret: they end when it changes. */
  readonly secretEpoch: number | undefined;
  readonly protocol: number;
};

export type Role = "none" | "operator" | "node";

export class Connection {
  readonly id: string;
  readonly arrival: Arrival;
  readonly nonce: string;
  /** Requests to the guard, one for each method, made once. */
  readonly requests = new Map<string, MethodRequest>();
  role: Role = "none";
  operator: Operator | undefined;
  /** Of a node: the device whose revocation ends it. */
  deviceId: string | undefined;
  handshake: "waiting" | "under way" | "done" = "waiting";
  /** The socket is closed. */
  gone = false;
  callsInFlight = 0;
  refusedCalls = 0;
  readonly #socket: SocketConnection;
  #eventSeq = 0;

  constructor(facts: { id: string; nonce: string; arrival: Arrival }, socket: SocketConnection) {
    this.id = facts.id;
    this.nonce = facts.nonce;
    this.arrival = facts.arrival;
    this.#socket = socket;
  }

  send(frame: string): void {
    if (this.#socket.bufferedBytes() > gatewayLimits.bufferedBytesMax) this.close(1008, "slow consumer");
    else this.#socket.send(frame);
  }

  mayReceive(event: EventName): boolean {
    const scope = eventScopes[event];
    if (!this.operator) return scope === "any" && this.role !== "none";
    return scope === "any" || holds(this.operator.caller.principal.scopes, scope);
  }

  /** `drop`: this one may be lost when the client reads too slowly. */
  sendEvent(frame: (seq: number) => string, whenSlow: "drop" | "close"): void {
    if (whenSlow === "drop" && this.#socket.bufferedBytes() > gatewayLimits.bufferedBytesMax / 2) return;
    this.#eventSeq += 1;
    this.send(frame(this.#eventSeq));
  }

  authenticated(role: Exclude<Role, "none">): void {
    this.role = role;
    this.handshake = "done";
    this.#socket.allowMessageBytes(gatewayLimits.messageBytesMax);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}

/** For events only, where nothing is decided but who hears about it: the scope itself, or one that contains it. */
function holds(scopes: readonly string[], scope: string): boolean {
  if (scopes.includes("operator.admin") || scopes.includes(scope)) return true;
  return scope === "operator.read" && scopes.includes("operator.write");
}
