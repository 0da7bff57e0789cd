/** What is stored about devices, and what changes it. Pure. */
import * as z from "zod";
import { scopes as allScopes, type Scope } from "../policy/request.ts";
import { normalizeDeviceMetadata } from "./device-signature.ts";

export const deviceRoles = ["operator", "node"] as const;
export type DeviceRole = (typeof deviceRoles)[number];

export type PairingReason = "not-paired" | "role-upgrade" | "scope-upgrade" | "metadata-upgrade";

const scopeSchema = z.enum(allScopes);

const roleGrant = z.object({
  scopes: z.array(scopeSchema),
  /** The token is derived from it; a new generation makes the old token void. */
  generation: z.int().min(1),
  createdAtMs: z.int(),
  rotatedAtMs: z.int().optional(),
  revokedAtMs: z.int().optional(),
});
export type RoleGrant = z.output<typeof roleGrant>;

const metadata = z.object({ platform: z.string(), deviceFamily: z.string() });
export type DeviceMetadata = z.output<typeof metadata>;

const pairedDevice = z.object({
  deviceId: z.string().min(1),
  publicKey: z.string().min(1),
  displayName: z.string().optional(),
  /** Pinned at approval, or at the first connection after a log-in link: who says otherwise has to be approved again. */
  metadata: metadata.optional(),
  clientId: z.string(),
  clientMode: z.string(),
  roles: z.partialRecord(z.enum(deviceRoles), roleGrant),
  createdAtMs: z.int(),
  approvedAtMs: z.int(),
});
export type PairedDevice = z.output<typeof pairedDevice>;

const pendingDevice = z.object({
  requestId: z.string().min(1),
  reason: z.enum(["not-paired", "role-upgrade", "scope-upgrade", "metadata-upgrade"]),
  deviceId: z.string().min(1),
  publicKey: z.string().min(1),
  displayName: z.string().optional(),
  metadata: metadata.optional(),
  clientId: z.string(),
  clientMode: z.string(),
  role: z.enum(deviceRoles),
  scopes: z.array(scopeSchema),
  browserOrigin: z.string().optional(),
  remoteIp: z.string(),
  createdAtMs: z.int(),
});
export type PendingDevice = z.output<typeof pendingDevice>;

export const pairedFile = z.object({ version: z.literal(1), devices: z.record(z.string(), pairedDevice) });
export type PairedFile = z.output<typeof pairedFile>;

export const pendingFile = z.object({ version: z.literal(1), requests: z.array(pendingDevice) });

/** What a connecting device says about itself. The signature proves the key; nothing here grants anything. */
export type DeviceClaim = {
  readonly deviceId: string;
  readonly publicKey: string;
  readonly displayName?: string;
  /** Undefined pins nothing yet. */
  readonly metadata: DeviceMetadata | undefined;
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: DeviceRole;
  /** Undefined asks for all that the device has, or for everything when it is new. */
  readonly scopes: readonly Scope[] | undefined;
  readonly browserOrigin?: string;
  readonly remoteIp: string;
};

/** Why this claim needs an approval; undefined when the device has it all. */
export function pairingNeed(device: PairedDevice | undefined, claim: DeviceClaim): PairingReason | undefined {
  if (!device || device.publicKey !== claim.publicKey) return "not-paired";
  const grant = device.roles[claim.role];
  if (!grant || grant.revokedAtMs !== undefined) return "role-upgrade";
  if (device.metadata && !sameMetadata(device.metadata, claim.metadata)) return "metadata-upgrade";
  return coversScopes(grant.scopes, claim.scopes ?? []) ? undefined : "scope-upgrade";
}

function sameMetadata(pinned: DeviceMetadata, claimed: DeviceMetadata | undefined): boolean {
  return pinned.platform === claimed?.platform && pinned.deviceFamily === claimed.deviceFamily;
}

/** As it is pinned and compared: trimmed, ASCII letters lower-cased. */
export function deviceMetadata(said: { platform: string; deviceFamily: string | undefined }): DeviceMetadata {
  return {
    platform: normalizeDeviceMetadata(said.platform),
    deviceFamily: normalizeDeviceMetadata(said.deviceFamily),
  };
}

export function coversScopes(granted: readonly Scope[], wanted: readonly Scope[]): boolean {
  return (
    granted.includes("operator.admin") || wanted.every((scope) => granted.includes(scope) || isImplied(granted, scope))
  );
}

const isImplied = (granted: readonly Scope[], scope: Scope): boolean =>
  scope === "operator.read" && granted.includes("operator.write");

/** The device after approval: roles and scopes are merged, metadata is pinned anew. */
export function approved(device: PairedDevice | undefined, request: PendingDevice, now: number): PairedDevice {
  const before = device?.publicKey === request.publicKey ? device : undefined;
  const grant = before?.roles[request.role];
  const kept = grant && grant.revokedAtMs === undefined ? grant.scopes : [];
  const scopes = [...new Set([...kept, ...request.scopes])].sort();
  return {
    deviceId: request.deviceId,
    publicKey: request.publicKey,
    ...(request.displayName === undefined ? {} : { displayName: request.displayName }),
    ...(request.metadata === undefined ? {} : { metadata: request.metadata }),
    clientId: request.clientId,
    clientMode: request.clientMode,
    roles: {
      ...before?.roles,
      [request.role]: {
        scopes,
        // A revoked token stays void: the approval starts a new generation.
        generation: (grant?.generation ?? 0) + 1,
        createdAtMs: now,
      },
    },
    createdAtMs: before?.createdAtMs ?? now,
    approvedAtMs: now,
  };
}
