/**
 * A log-in link: the page reads the single-use code from its own fragment, sends it here and gets a token for its
 * device. The code was the approval; the operator secret never enters a browser's address.
 */
import * as z from "zod";
import type { AttemptLimiter } from "../../identity/attempt-limiter.ts";
import { deviceIdOf, rawPublicKey } from "../../identity/device-signature.ts";
import type { DeviceStore } from "../../identity/devices.ts";
import type { LoginLinks } from "../../identity/login-links.ts";
import { type BodyCall, errorResponse, type Route } from "../route.ts";

const redeemBody = z.strictObject({
  code: z.string().min(1).max(128),
  device: z.strictObject({
    id: z.string().min(1).max(128),
    publicKey: z.string().min(1).max(1_024),
    displayName: z.string().max(256).optional(),
  }),
});

const bodyBytesMax = 8 * 1024;

export type LoginParts = {
  readonly basePath: string;
  readonly links: LoginLinks;
  readonly devices: DeviceStore;
  readonly attempts: AttemptLimiter;
};

export function loginRoute(parts: LoginParts): Route {
  return {
    verb: "POST",
    path: `${parts.basePath === "/" ? "" : parts.basePath}/login/redeem`,
    auth: "login-code",
    bodyBytesMax,
    handle: (call) => redeem(call, parts),
  };
}

async function redeem(call: BodyCall, { links, devices, attempts }: LoginParts): Promise<Response> {
  const origin = call.request.headers.get("origin") ?? "none";
  const limitKey = `login-code|${call.clientIp}|${origin.toLowerCase()}`;
  const waitMs = attempts.waitMs(limitKey);
  if (waitMs > 0) {
    const retryAfter = { "retry-after": String(Math.ceil(waitMs / 1_000)) };
    return errorResponse(429, { code: "login.rate_limited", message: "too many failed attempts; wait" }, retryAfter);
  }
  const parsed = redeemBody.safeParse(call.body);
  const code = parsed.success ? parsed.data.code : "";
  // Redeemed before anything else is looked at: a code is spent by its first use, whatever came with it.
  if (!links.redeem(code) || !parsed.success) {
    attempts.fail(limitKey);
    const message = "this log-in code was used, is older than a minute, or is wrong; run `fased dashboard` again";
    return errorResponse(401, { code: "login.code_invalid", message });
  }
  const { device } = parsed.data;
  const key = rawPublicKey(device.publicKey);
  if (!key || deviceIdOf(key) !== device.id) {
    return errorResponse(400, { code: "login.device_invalid", message: "the device id is not that of its public key" });
  }
  attempts.succeed(limitKey);
  const enrolled = await devices.enrol({
    deviceId: device.id,
    publicKey: key.toString("base64url"),
    ...(device.displayName === undefined ? {} : { displayName: device.displayName }),
    metadata: undefined,
    clientId: "fased-control-ui",
    clientMode: "ui",
    role: "operator",
    scopes: undefined,
    ...(origin === "none" ? {} : { browserOrigin: origin }),
    remoteIp: call.clientIp,
  });
  return Response.json({ deviceToken: enrolled.token, role: "operator", scopes: enrolled.scopes });
}
