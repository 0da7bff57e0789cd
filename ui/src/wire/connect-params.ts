import type { Credentials } from "./credentials.ts";
import { deviceClaimText } from "./device-signature.ts";
import type { DeviceIdentity } from "./device-store.ts";

export type ClientInfo = { readonly version: string; readonly platform: string; readonly locale: string };

export const operatorScopes = [
  "operator.admin",
  "operator.read",
  "operator.write",
  "operator.approvals",
  "operator.pairing",
] as const;

const clientId = "fased-control-ui";
const clientMode = "ui";
const protocolVersion = 4;

export type ConnectClaim = { readonly nonce: string; readonly signedAtMs: number; readonly credentials: Credentials };

/** The `connect` request: who this page is, what it asks for, and the signature over exactly that. */
export async function connectParams(identity: DeviceIdentity, info: ClientInfo, claim: ConnectClaim): Promise<object> {
  const { token, password, deviceToken } = claim.credentials;
  const text = deviceClaimText({
    deviceId: identity.id,
    clientId,
    clientMode,
    role: "operator",
    scopes: operatorScopes,
    signedAtMs: claim.signedAtMs,
    token: token ?? deviceToken ?? "",
    nonce: claim.nonce,
    platform: info.platform,
  });
  return {
    minProtocol: protocolVersion,
    maxProtocol: protocolVersion,
    client: { id: clientId, version: info.version, platform: info.platform, mode: clientMode },
    caps: ["tool-events"],
    role: "operator",
    scopes: operatorScopes,
    device: {
      id: identity.id,
      publicKey: identity.publicKey,
      signature: await identity.sign(text),
      signedAt: claim.signedAtMs,
      nonce: claim.nonce,
    },
    auth: authOf({ token, password, deviceToken }),
    locale: info.locale,
  };
}

/** The first credential there is: a token typed just now says more than one kept from before. */
function authOf(credentials: { [Key in keyof Credentials]: Credentials[Key] | undefined }): object {
  if (credentials.token !== undefined) return { token: credentials.token };
  if (credentials.password !== undefined) return { password: credentials.password };
  return credentials.deviceToken === undefined ? {} : { deviceToken: credentials.deviceToken };
}
