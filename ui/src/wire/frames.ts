/** Frames of protocol version 4, as far as the page reads them. Everything from the wire is `unknown` until parsed. */

export type WireError = {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfterMs?: number;
};

export type EventFrame = {
  readonly type: "event";
  readonly event: string;
  readonly payload: unknown;
  readonly seq: number | undefined;
};

export type ResponseFrame =
  | { readonly type: "res"; readonly id: string; readonly ok: true; readonly payload: unknown }
  | { readonly type: "res"; readonly id: string; readonly ok: false; readonly error: WireError };

export type Hello = {
  readonly protocol: number;
  readonly version: string;
  readonly methods: readonly string[];
  readonly snapshot: Record<string, unknown>;
  readonly deviceToken: string | undefined;
  readonly scopes: readonly string[];
  readonly tickIntervalMs: number;
};

const tickIntervalMsDefault = 30_000;

/** The frame in `text`, or undefined when it is not one that this page understands. */
export function parseFrame(text: string): EventFrame | ResponseFrame | undefined {
  const frame = parseObject(text);
  if (frame?.["type"] === "event" && typeof frame["event"] === "string") {
    return { type: "event", event: frame["event"], payload: frame["payload"], seq: numberOf(frame["seq"]) };
  }
  if (frame?.["type"] !== "res" || typeof frame["id"] !== "string") return undefined;
  const id = frame["id"];
  return frame["ok"] === true
    ? { type: "res", id, ok: true, payload: frame["payload"] }
    : { type: "res", id, ok: false, error: parseWireError(frame["error"]) };
}

/** The greeting that ends the handshake. Missing parts read as empty: a feature that is not announced is not used. */
export function parseHello(payload: unknown): Hello {
  const hello = record(payload);
  const auth = record(hello["auth"]);
  return {
    protocol: numberOf(hello["protocol"]) ?? 0,
    version: stringOf(record(hello["server"])["version"]) ?? "",
    methods: strings(record(hello["features"])["methods"]),
    snapshot: record(hello["snapshot"]),
    deviceToken: stringOf(auth["deviceToken"]),
    scopes: strings(auth["scopes"]),
    tickIntervalMs: numberOf(record(hello["policy"])["tickIntervalMs"]) ?? tickIntervalMsDefault,
  };
}

export function parseWireError(value: unknown): WireError {
  const error = record(value);
  const retryAfterMs = numberOf(error["retryAfterMs"]);
  return {
    code: stringOf(error["code"]) ?? "UNKNOWN",
    message: stringOf(error["message"]) ?? "the Gateway gave no message",
    details: error["details"],
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** `value` as a record, or an empty one: reading a missing field is then simply undefined. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function strings(value: unknown): readonly string[] {
  return list(value).filter((item): item is string => typeof item === "string");
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? record(value) : undefined;
  } catch {
    return undefined;
  }
}
