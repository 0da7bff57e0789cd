import { expect, test } from "vitest";
import { deviceClaimText } from "./device-signature.ts";

test("the signed text matches the published version 3 vector", () => {
  const text = deviceClaimText({
    deviceId: "dev-1",
    clientId: "fased-macos",
    clientMode: "ui",
    role: "operator",
    scopes: ["operator.admin", "operator.read"],
    signedAtMs: 1_700_000_000_000,
    token: "tok-123",
    nonce: "nonce-abc",
    platform: "  IOS  ",
    deviceFamily: "  iPhone  ",
  });
  expect(text).toBe(
    "v3|dev-1|fased-macos|ui|operator|operator.admin,operator.read|1700000000000|tok-123|nonce-abc|ios|iphone",
  );
});
