/**
 * Events of the Gateway and who may see them. Each kind names the scope that a connection needs; an event without a
 * scope in this table does not compile.
 */
import type { Scope } from "../policy/request.ts";

type GatewayEvents = {
  readonly chat: ChatEvent;
  readonly agent: AgentEvent;
  readonly "exec.approval.requested": ApprovalEvent & { readonly expiresAtMs: number };
  readonly "exec.approval.resolved": ApprovalEvent & { readonly decision: string };
  readonly "channels.pairing.changed": { readonly channel: string; readonly account: string };
  readonly "device.pair.requested": Record<string, unknown> & { readonly requestId: string };
  readonly "device.pair.resolved": {
    readonly requestId: string;
    readonly deviceId: string;
    readonly decision: string;
    readonly ts: number;
  };
  readonly "sessions.changed": { readonly sessionKey: string; readonly reason: string; readonly ts: number };
  readonly "policy.pending": { readonly hash: string | null };
  readonly presence: { readonly presence: readonly unknown[] };
  readonly health: Record<string, unknown>;
  readonly tick: { readonly ts: number };
  readonly shutdown: { readonly reason: string; readonly restartExpectedMs?: number };
};

type RunFrame = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly agentId?: string;
  readonly seq: number;
};

/** As in the published protocol, version 4; `message` is a wire message as in `chat.history`. */
export type ChatEvent = RunFrame &
  (
    | { readonly state: "delta"; readonly deltaText: string }
    | { readonly state: "final"; readonly message?: unknown; readonly usage?: unknown; readonly stopReason?: string }
    | { readonly state: "aborted"; readonly message?: unknown; readonly stopReason?: string }
    | { readonly state: "error"; readonly errorMessage: string }
  );

/** `stream` is `tool`, `lifecycle` or `label`; `data` is for display and names the `sessionKey`. */
export type AgentEvent = {
  readonly runId: string;
  readonly seq: number;
  readonly stream: "tool" | "lifecycle" | "label";
  readonly ts: number;
  readonly data: Record<string, unknown>;
};

type ApprovalEvent = {
  readonly id: string;
  readonly sessionKey: string;
  readonly runId: string;
  readonly words: string;
  readonly ts: number;
};

export type EventName = keyof GatewayEvents;

/** `any` operator sees liveness; the rest needs the scope of the methods that read the same data. */
export const eventScopes: { readonly [Name in EventName]: Scope | "any" } = {
  chat: "operator.read",
  agent: "operator.read",
  "exec.approval.requested": "operator.approvals",
  "exec.approval.resolved": "operator.approvals",
  "channels.pairing.changed": "operator.pairing",
  "device.pair.requested": "operator.pairing",
  "device.pair.resolved": "operator.pairing",
  "sessions.changed": "operator.read",
  "policy.pending": "operator.read",
  presence: "operator.read",
  health: "operator.read",
  tick: "any",
  shutdown: "any",
};

/** A client that is too slow loses these; any other event closes its connection instead. */
export const droppableEvents: ReadonlySet<EventName> = new Set<EventName>(["tick", "presence", "health"]);

type EventListener = <Name extends EventName>(name: Name, payload: GatewayEvents[Name]) => void;

/** Made by the composition root before the services, so that they can publish; the Gateway subscribes to it. */
export interface Events {
  publish<Name extends EventName>(name: Name, payload: GatewayEvents[Name]): void;
  subscribe(listener: EventListener): () => void;
}

export function createEvents(): Events {
  const listeners = new Set<EventListener>();
  return {
    publish(name, payload) {
      for (const listener of listeners) listener(name, payload);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
