import { generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import { type DeviceProof, deviceIdOf, devicePayload, rawPublicKey, verifyDeviceProof } from "./device-signature.ts";

const claims = {
  clientId: "fased-macos",
  clientMode: "ui",
  role: "operator",
  scopes: ["operator.admin", "operator.read"],
  token: "tok-123",
  platform: "  IOS  ",
  deviceFamily: "  iPhone  ",
};

test("the payload of the reference's test vector", () => {
  const proof = { deviceId: "dev-1", publicKey: "", signature: "", signedAtMs: 1_700_000_000_000, nonce: "nonce-abc" };
  expect(devicePayload("v3", proof, claims)).toBe(
    "v3|dev-1|fased-macos|ui|operator|operator.admin,operator.read|1700000000000|tok-123|nonce-abc|ios|iphone",
  );
  expect(devicePayload("v2", proof, claims)).toBe(
    "v2|dev-1|fased-macos|ui|operator|operator.admin,operator.read|1700000000000|tok-123|nonce-abc",
  );
});

const now = 1_700_000_000_000;
const context = { expectedNonce: "nonce", now };
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");

function proofOf(version: "v2" | "v3", overrides: Partial<DeviceProof> = {}): DeviceProof {
  const unsigned = {
    deviceId: deviceIdOf(raw),
    publicKey: raw.toString("base64url"),
    signature: "",
    signedAtMs: now,
    nonce: "nonce",
    ...overrides,
  };
  const signature = sign(null, Buffer.from(devicePayload(version, unsigned, claims)), privateKey);
  return { ...unsigned, signature: signature.toString("base64url") };
}

test.each(["v2", "v3"] as const)("a %s signature over this connection's nonce proves the key", (version) => {
  expect(verifyDeviceProof(proofOf(version), claims, context)).toBeUndefined();
});

test("a PEM key is the same key", () => {
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  expect(rawPublicKey(pem)).toEqual(raw);
  expect(verifyDeviceProof(proofOf("v3", { publicKey: pem }), claims, context)).toBeUndefined();
});

test.each([
  ["device-public-key", proofOf("v3", { publicKey: "not a key" })],
  ["device-public-key", proofOf("v3", { publicKey: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" })],
  ["device-id-mismatch", proofOf("v3", { deviceId: "0".repeat(64) })],
  ["device-signature-stale", proofOf("v3", { signedAtMs: now - 120_001 })],
  ["device-signature-stale", proofOf("v3", { signedAtMs: now + 120_001 })],
  ["device-nonce-missing", proofOf("v3", { nonce: "" })],
  ["device-nonce-mismatch", proofOf("v3", { nonce: "of another connection" })],
  ["device-signature", { ...proofOf("v3"), signature: "AAAA" }],
])("%s is told", (failure, proof) => {
  expect(verifyDeviceProof(proof, claims, context)).toBe(failure);
});

test.each([
  ["role", { role: "node" }],
  ["scopes", { scopes: ["operator.admin"] }],
  ["token", { token: "other" }],
  ["client", { clientId: "cli" }],
])("a changed %s breaks the signature", (_name, changed) => {
  expect(verifyDeviceProof(proofOf("v3"), { ...claims, ...changed }, context)).toBe("device-signature");
});
