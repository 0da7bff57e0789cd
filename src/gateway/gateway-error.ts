/** What goes to a client when a call fails. Unexpected errors keep their text for the log. */
import { DeviceError } from "../identity/devices.ts";
import { StoreError } from "../identity/json-store.ts";
import { PairingError } from "../identity/pairing-store.ts";
import { SessionStoreError } from "../sessions/session-store.ts";
import type { ErrorShape } from "./frames.ts";
import { ServiceError } from "./services.ts";

/** A refusal that the gateway itself words. */
export class GatewayError extends Error {
  readonly shape: ErrorShape;

  constructor(shape: ErrorShape) {
    super(shape.message);
    this.name = "GatewayError";
    this.shape = shape;
  }
}

/** The parameter or the thing it names is wrong. `code` is stable, `area.condition`. */
export function invalid(code: string, message: string): GatewayError {
  return new GatewayError({ code: "INVALID_REQUEST", message, details: { code } });
}

export function errorShapeOf(error: unknown): { readonly shape: ErrorShape; readonly unexpected: boolean } {
  if (error instanceof GatewayError) return { shape: error.shape, unexpected: false };
  if (error instanceof ServiceError) return { shape: serviceShape(error), unexpected: false };
  if (error instanceof DeviceError || error instanceof PairingError) {
    return { shape: invalid(error.code, error.message).shape, unexpected: false };
  }
  if (error instanceof StoreError) {
    const { message, code } = error;
    return { shape: { code: "UNAVAILABLE", message, details: { code } }, unexpected: false };
  }
  if (error instanceof SessionStoreError) {
    const { message, code, fix } = error;
    return { shape: { code: "UNAVAILABLE", message: `${message}; ${fix}`, details: { code, fix } }, unexpected: false };
  }
  return { shape: unexpectedShape, unexpected: true };
}

const unexpectedShape: ErrorShape = {
  code: "UNAVAILABLE",
  message: "the Gateway failed to do this; `fased logs` has the reason",
  details: { code: "gateway.failed" },
};

function serviceShape(error: ServiceError): ErrorShape {
  const waits = error.retryAfterMs !== undefined;
  return {
    code: waits ? "UNAVAILABLE" : "INVALID_REQUEST",
    message: error.message,
    details: { code: error.code, ...(error.details === undefined ? {} : { details: error.details }) },
    ...(waits ? { retryable: true, retryAfterMs: error.retryAfterMs } : {}),
  };
}
