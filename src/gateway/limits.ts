/** Every limit of the control plane (reference 4.3), in one place and by name. */
export const gatewayLimits = {
  /** Before a connection is authenticated. */
  handshakeMessageBytesMax: 64 * 1024,
  handshakeTimeoutMs: 10_000,
  /** Connections that have not authenticated yet; more are refused with 503. */
  unauthenticatedMax: 128,
  connectionsMax: 400,
  /** After authentication. */
  messageBytesMax: 25 * 1024 * 1024,
  bufferedBytesMax: 50 * 1024 * 1024,
  callsInFlightMax: 256,
  tickIntervalMs: 30_000,
  /** Calls without the scope for them, after which the connection ends. */
  refusedCallsMax: 10,
  /** Remembered (caller, idempotency key) pairs. */
  idempotencyTtlMs: 300_000,
  idempotencyKeysMax: 1_000,
  historyBytesMax: 6 * 1024 * 1024,
  shutdownGraceMs: 2_000,
} as const;
