/**
 * The handshake (reference 4.2): challenge, `connect`, then protocol → role → page rules → device proof → credential →
 * pairing → hello-ok. Each step either passes or ends the connection; nothing before hello-ok reaches a method.
 */
import type { AttemptLimiter } from "../identity/attempt-limiter.ts";
import { isLoopbackAddress } from "../identity/client-address.ts";
import { type DeviceClaim, type DeviceRole, deviceMetadata } from "../identity/device-records.ts";
import { type DeviceProofFailure, rawPublicKey, verifyDeviceProof } from "../identity/device-signature.ts";
import type { DeviceStore } from "../identity/devices.ts";
import type { OperatorAuth, OperatorAuthAnswer } from "../identity/operator-auth.ts";
import type { Clock } from "../platform/clock.ts";
import { scopes as allScopes, type Scope } from "../policy/request.ts";
import { isPage } from "./client-info.ts";
import type { Connection } from "./connection.ts";
import { type ConnectParams, type ErrorShape, protocolVersions } from "./frames.ts";
import type { ControlUiSettings } from "./settings.ts";

export type HandshakeParts = {
  readonly auth: OperatorAuth;
  readonly deviceAttempts: AttemptLimiter;
  readonly devices: DeviceStore;
  readonly clock: Clock;
  readonly controlUi: Pick<ControlUiSettings, "allowInsecureAuth" | "dangerouslyDisableDeviceAuth">;
  readonly exemptLoopback: boolean;
};

export type Accepted = {
  readonly role: DeviceRole;
  readonly protocol: number;
  readonly scopes: readonly Scope[];
  readonly deviceId: string | undefined;
  readonly deviceToken: string | undefined;
  readonly issuedAtMs: number | undefined;
  readonly secretEpoch: number | undefined;
};

/** Ends the connection after the error frame. */
export class HandshakeError extends Error {
  readonly shape: ErrorShape;
  readonly closeCode: 1002 | 1008;

  constructor(message: string, details: Record<string, unknown>, closeCode: 1002 | 1008 = 1008) {
    super(message);
    this.shape = { code: "INVALID_REQUEST", message, details };
    this.closeCode = closeCode;
  }
}

class NotPairedError extends HandshakeError {
  override readonly shape: ErrorShape;

  constructor(message: string, details: Record<string, unknown>) {
    super(message, details);
    this.shape = { code: "NOT_PAIRED", message, details };
  }
}

/** Throws HandshakeError. */
export async function authenticate(
  connection: Connection,
  params: ConnectParams,
  parts: HandshakeParts,
): Promise<Accepted> {
  const protocol = negotiate(params);
  const role = parseRole(params.role);
  const device = parts.controlUi.dangerouslyDisableDeviceAuth ? undefined : params.device;
  assertPage(connection, params);
  if (device) assertProof(connection, params, parts.clock.now());
  const credential = checkCredential(connection, { ...params, device }, parts);
  const wanted = knownScopes(params.scopes);
  if (!device) {
    assertDeviceless(connection, params, { role, parts });
    return {
      role,
      protocol,
      scopes: wanted ?? allScopes,
      deviceId: undefined,
      deviceToken: undefined,
      issuedAtMs: undefined,
      secretEpoch: parts.auth.epoch,
    };
  }
  const admission = await parts.devices.admit(claimOf(connection, params, { role, scopes: wanted }), {
    credential,
    place: connection.arrival.place,
  });
  if (admission.kind === "pairing") {
    throw new NotPairedError("pairing required", {
      code: "PAIRING_REQUIRED",
      requestId: admission.requestId,
      reason: admission.reason,
      fix: `approve it with \`fased devices approve ${admission.requestId}\``,
    });
  }
  return {
    role,
    protocol,
    scopes: admission.scopes,
    deviceId: device.id,
    deviceToken: admission.token,
    issuedAtMs: admission.issuedAtMs,
    secretEpoch: credential === "shared-secret" ? parts.auth.epoch : undefined,
  };
}

function negotiate({ minProtocol, maxProtocol }: ConnectParams): number {
  const { oldest, newest } = protocolVersions;
  if (maxProtocol >= oldest && minProtocol <= newest && minProtocol <= maxProtocol)
    return Math.min(maxProtocol, newest);
  const details = { code: "PROTOCOL_MISMATCH", expectedProtocol: newest, oldestProtocol: oldest };
  throw new HandshakeError("protocol mismatch", details, 1002);
}

function parseRole(role = "operator"): DeviceRole {
  if (role === "operator" || role === "node") return role;
  throw new HandshakeError("invalid role", { code: "INVALID_ROLE" });
}

/** Scopes that are asked for; undefined asks for all that the credential gives. Unknown ones give nothing. */
function knownScopes(asked: readonly string[] | undefined): readonly Scope[] | undefined {
  return asked && allScopes.filter((scope) => asked.includes(scope));
}

/** A client that calls itself a page must have come with a page's Origin, which the upgrade has checked. */
function assertPage(connection: Connection, params: ConnectParams): void {
  if (!isPage(params.client.id) || connection.arrival.origin !== undefined) return;
  throw new HandshakeError("origin missing or invalid", { code: "CONTROL_UI_ORIGIN_NOT_ALLOWED" });
}

function assertProof(connection: Connection, params: ConnectParams, now: number): void {
  const { device, client, auth } = params;
  if (!device) return;
  const failure = verifyDeviceProof(
    {
      deviceId: device.id,
      publicKey: device.publicKey,
      signature: device.signature,
      signedAtMs: device.signedAt,
      nonce: device.nonce,
    },
    {
      clientId: client.id,
      clientMode: client.mode,
      role: params.role ?? "operator",
      scopes: params.scopes ?? [],
      token: auth?.token ?? auth?.deviceToken ?? "",
      platform: client.platform,
      deviceFamily: client.deviceFamily,
    },
    { expectedNonce: connection.nonce, now },
  );
  if (failure)
    throw new HandshakeError(proofMessages[failure].text, { code: proofMessages[failure].code, reason: failure });
}

const proofMessages: Record<DeviceProofFailure, { readonly code: string; readonly text: string }> = {
  "device-id-mismatch": { code: "DEVICE_AUTH_DEVICE_ID_MISMATCH", text: "device identity mismatch" },
  "device-signature-stale": {
    code: "DEVICE_AUTH_SIGNATURE_EXPIRED",
    text: "device signature expired; check the clock",
  },
  "device-nonce-missing": { code: "DEVICE_AUTH_NONCE_REQUIRED", text: "device nonce required" },
  "device-nonce-mismatch": { code: "DEVICE_AUTH_NONCE_MISMATCH", text: "device nonce mismatch" },
  "device-signature": { code: "DEVICE_AUTH_SIGNATURE_INVALID", text: "device signature invalid" },
  "device-public-key": { code: "DEVICE_AUTH_PUBLIC_KEY_INVALID", text: "device public key invalid" },
};

/** A device token first, so that its attempts do not use up those of the operator secret. Throws HandshakeError. */
function checkCredential(
  connection: Connection,
  params: ConnectParams,
  parts: HandshakeParts,
): "shared-secret" | "device-token" {
  const { device, auth } = params;
  const deviceKey = limitKey("device-token", connection, parts);
  const candidate = auth?.deviceToken ?? auth?.token;
  if (device && candidate && parts.deviceAttempts.waitMs(deviceKey) === 0) {
    const role = parseRole(params.role);
    if (parts.devices.checkToken({ deviceId: device.id, role }, candidate) === undefined) {
      parts.deviceAttempts.succeed(deviceKey);
      return "device-token";
    }
    if (auth?.deviceToken) parts.deviceAttempts.fail(deviceKey);
  }
  if (auth?.deviceToken && !auth.token && !auth.password)
    throw deviceTokenRefused(parts.deviceAttempts.waitMs(deviceKey));
  const answer = parts.auth.check(
    { token: auth?.token, password: auth?.password },
    limitKey("shared-secret", connection, parts),
  );
  if (!answer.ok) throw authRefused(answer);
  return "shared-secret";
}

function deviceTokenRefused(retryAfterMs: number): HandshakeError {
  return retryAfterMs > 0
    ? authRefused({ ok: false, reason: "rate_limited", retryAfterMs })
    : new HandshakeError("unauthorized: device token mismatch", {
        code: "AUTH_DEVICE_TOKEN_MISMATCH",
        authReason: "device_token_mismatch",
      });
}

function authRefused(answer: Extract<OperatorAuthAnswer, { ok: false }>): HandshakeError {
  const wait = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
  return new HandshakeError(`unauthorized: ${authTexts[answer.reason]}`, {
    code: `AUTH_${answer.reason.toUpperCase()}`,
    authReason: answer.reason,
    ...wait,
  });
}

const authTexts = {
  rate_limited: "too many failed attempts; wait and try again",
  token_missing: "the Gateway token is missing; `fased dashboard` opens a page that is logged in",
  token_mismatch: "the Gateway token is wrong; `fased dashboard` opens a page that is logged in",
  password_missing: "the Gateway password is missing",
  password_mismatch: "the Gateway password is wrong",
} as const;

/**
 * Whom a failed attempt counts against. Pages count by origin, also on loopback: any page can reach it. Programs on this
 * machine may be exempt.
 */
function limitKey(scope: string, { arrival }: Connection, { exemptLoopback }: HandshakeParts): string | undefined {
  const loopback = isLoopbackAddress(arrival.clientIp);
  if (arrival.origin !== undefined && loopback) return `${scope}|browser-origin:${arrival.origin.toLowerCase()}`;
  return loopback && exemptLoopback ? undefined : `${scope}|${arrival.clientIp}`;
}

/** Who may go without a device: a program with the operator secret; a page only with a switch that says so. */
function assertDeviceless(
  connection: Connection,
  params: ConnectParams,
  { role, parts }: { role: DeviceRole; parts: HandshakeParts },
): void {
  if (role === "node") {
    throw new NotPairedError("device identity required", { code: "DEVICE_IDENTITY_REQUIRED" });
  }
  const page = isPage(params.client.id) || connection.arrival.origin !== undefined;
  const { allowInsecureAuth, dangerouslyDisableDeviceAuth } = parts.controlUi;
  if (!page || dangerouslyDisableDeviceAuth) return;
  if (allowInsecureAuth && connection.arrival.place === "local") return;
  throw new HandshakeError("device identity required; open the page over HTTPS or on localhost", {
    code: "CONTROL_UI_DEVICE_IDENTITY_REQUIRED",
  });
}

function claimOf(
  connection: Connection,
  params: ConnectParams,
  asked: { role: DeviceRole; scopes: readonly Scope[] | undefined },
): DeviceClaim {
  const { client, device } = params;
  const { origin, clientIp } = connection.arrival;
  return {
    deviceId: device?.id ?? "",
    // PEM and raw spellings are the same key.
    publicKey: rawPublicKey(device?.publicKey ?? "")?.toString("base64url") ?? "",
    ...(client.displayName === undefined ? {} : { displayName: client.displayName }),
    metadata: deviceMetadata({ platform: client.platform, deviceFamily: client.deviceFamily }),
    clientId: client.id,
    clientMode: client.mode,
    ...asked,
    ...(origin === undefined ? {} : { browserOrigin: origin }),
    remoteIp: clientIp,
  };
}
