/** The one-time code of a log-in link, redeemed for a token of this device. */
import { gatewayAddress } from "../lib/navigation.ts";
import type { DeviceIdentity } from "./device-store.ts";
import { parseWireError, record, stringOf } from "./frames.ts";
import { RequestError } from "./request-error.ts";

/** Takes the code out of the address, so that neither history nor a copied link holds it. */
export function takeLoginCode(): string | undefined {
  const code = loginCodeOf(location.hash);
  if (code !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

export function loginCodeOf(hash: string): string | undefined {
  const code = new URLSearchParams(hash.replace(/^#/, "")).get("code");
  return code === null || code === "" ? undefined : code;
}

/** Resolves with the device token. Rejects with RequestError: a code works once and for sixty seconds. */
export async function redeemLoginCode(code: string, identity: DeviceIdentity): Promise<string> {
  const response = await fetch(gatewayAddress("login/redeem"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, device: { id: identity.id, publicKey: identity.publicKey } }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const body = record(await response.json().catch(() => ({})));
  const deviceToken = stringOf(body["deviceToken"]);
  if (response.ok && deviceToken !== undefined) return deviceToken;
  throw new RequestError(parseWireError(body["error"] ?? { code: "login.failed", message: `HTTP ${response.status}` }));
}
