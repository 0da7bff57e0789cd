/** What a device signs to prove, for this one connection, that it holds its key. */
export type DeviceClaim = {
  readonly deviceId: string;
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly signedAtMs: number;
  /** The credential that travels in the same connect frame, so that it cannot be replaced. */
  readonly token: string;
  /** From `connect.challenge`: a recorded frame is worthless on the next connection. */
  readonly nonce: string;
  readonly platform: string;
  readonly deviceFamily?: string;
};

/** The version 3 payload: fields joined by `|`, platform and family trimmed and lower-cased (ASCII only). */
export function deviceClaimText(claim: DeviceClaim): string {
  return [
    "v3",
    claim.deviceId,
    claim.clientId,
    claim.clientMode,
    claim.role,
    claim.scopes.join(","),
    String(claim.signedAtMs),
    claim.token,
    claim.nonce,
    normalise(claim.platform),
    normalise(claim.deviceFamily ?? ""),
  ].join("|");
}

function normalise(text: string): string {
  return text.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
