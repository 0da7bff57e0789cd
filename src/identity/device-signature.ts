/**
 * Proof that a client holds its device's key: an Ed25519 signature (RFC 8032) over a payload that binds the key to this
 * connection's nonce and to everything that the client claims (reference 3.6).
 */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

export type DeviceProof = {
  readonly deviceId: string;
  /** Raw 32 bytes as base64url, or PEM. */
  readonly publicKey: string;
  /** base64url. */
  readonly signature: string;
  /** Milliseconds since the epoch. */
  readonly signedAtMs: number;
  readonly nonce: string;
};

export type SignedClaims = {
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly token: string;
  readonly platform: string | undefined;
  readonly deviceFamily: string | undefined;
};

/** How far the client's clock may be off. */
const signatureSkewMs = 120_000;

export type DeviceProofFailure =
  | "device-id-mismatch"
  | "device-signature-stale"
  | "device-nonce-missing"
  | "device-nonce-mismatch"
  | "device-signature"
  | "device-public-key";

/** Trimmed, ASCII letters lower-cased; absent is empty. */
export function normalizeDeviceMetadata(value: string | undefined): string {
  return (value ?? "").trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** The text that is signed. Version 2 lacks the last two fields. */
export function devicePayload(version: "v2" | "v3", proof: DeviceProof, claims: SignedClaims): string {
  const fields = [
    version,
    proof.deviceId,
    claims.clientId,
    claims.clientMode,
    claims.role,
    claims.scopes.join(","),
    String(proof.signedAtMs),
    claims.token,
    proof.nonce,
  ];
  if (version === "v3") {
    fields.push(normalizeDeviceMetadata(claims.platform), normalizeDeviceMetadata(claims.deviceFamily));
  }
  return fields.join("|");
}

/** The raw key of an Ed25519 public key in base64url or PEM; undefined when it is neither. */
export function rawPublicKey(publicKey: string): Buffer | undefined {
  if (publicKey.includes("BEGIN")) return rawOfPem(publicKey);
  if (!/^[A-Za-z0-9_-]{43}=?$/.test(publicKey)) return undefined;
  const raw = Buffer.from(publicKey, "base64url");
  return raw.length === 32 ? raw : undefined;
}

/** SHA-256 of the raw public key, in hex. */
export function deviceIdOf(rawKey: Buffer): string {
  return createHash("sha256").update(rawKey).digest("hex");
}

export type ProofContext = { readonly expectedNonce: string; readonly now: number };

/** Undefined when the proof holds. The checks run in the documented order; the first failure is told. */
export function verifyDeviceProof(
  proof: DeviceProof,
  claims: SignedClaims,
  context: ProofContext,
): DeviceProofFailure | undefined {
  const raw = rawPublicKey(proof.publicKey);
  if (!raw) return "device-public-key";
  if (deviceIdOf(raw) !== proof.deviceId) return "device-id-mismatch";
  if (Math.abs(context.now - proof.signedAtMs) > signatureSkewMs) return "device-signature-stale";
  if (proof.nonce === "") return "device-nonce-missing";
  if (proof.nonce !== context.expectedNonce) return "device-nonce-mismatch";
  const key = keyOfRaw(raw);
  const signature = Buffer.from(proof.signature, "base64url");
  const signed = (version: "v2" | "v3") =>
    verify(null, Buffer.from(devicePayload(version, proof, claims)), key, signature);
  return signed("v3") || signed("v2") ? undefined : "device-signature";
}

/** SubjectPublicKeyInfo header of Ed25519 (RFC 8410), before the raw key. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

function keyOfRaw(raw: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: "der", type: "spki" });
}

function rawOfPem(pem: string): Buffer | undefined {
  try {
    const key = createPublicKey(pem);
    const spki = key.export({ format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" ? spki.subarray(spkiPrefix.length) : undefined;
  } catch {
    return undefined;
  }
}
