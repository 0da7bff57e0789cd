/** Devices as the device methods show them: never a token, nor what it is derived from. */
import * as z from "zod";
import { deviceRoles, type PairedDevice, type PendingDevice } from "../../identity/device-records.ts";
import type { Approver } from "../../identity/devices.ts";
import { scopes } from "../../policy/request.ts";
import type { MethodCall } from "../method.ts";

const common = {
  deviceId: z.string(),
  displayName: z.string().optional(),
  platform: z.string().optional(),
  deviceFamily: z.string().optional(),
  clientId: z.string(),
  clientMode: z.string(),
};

export const pendingResult = z.object({
  ...common,
  requestId: z.string(),
  reason: z.string(),
  role: z.string(),
  scopes: z.array(z.string()),
  remoteIp: z.string(),
  browserOrigin: z.string().optional(),
  ts: z.number(),
});

export const pairedResult = z.object({
  ...common,
  role: z.string().optional(),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  tokens: z.array(
    z.object({
      role: z.string(),
      scopes: z.array(z.string()),
      createdAtMs: z.number(),
      rotatedAtMs: z.number().optional(),
      revokedAtMs: z.number().optional(),
    }),
  ),
  createdAtMs: z.number(),
  approvedAtMs: z.number(),
});

export function pendingView({ metadata, createdAtMs, publicKey: _key, ...request }: PendingDevice) {
  return { ...request, ...metadata, ts: createdAtMs };
}

export function pairedView({ metadata, roles, publicKey: _key, ...device }: PairedDevice) {
  const tokens = deviceRoles.flatMap((role) => {
    const grant = roles[role];
    if (!grant) return [];
    const { generation: _generation, ...facts } = grant;
    return [{ role, ...facts }];
  });
  const held = tokens.filter((token) => token.revokedAtMs === undefined);
  return {
    ...device,
    ...metadata,
    ...(held[0] === undefined ? {} : { role: held[0].role }),
    roles: held.map((token) => token.role),
    scopes: [...new Set(held.flatMap((token) => token.scopes))],
    tokens,
  };
}

/** Who asks, for rules that compare what they hold with what they give. */
export function approverOf({ caller, connection }: MethodCall): Approver {
  return { deviceId: connection.deviceId, scopes: caller.principal.scopes };
}

export const deviceId = z.string().min(1).max(128);
export const requestId = z.string().min(1).max(128);
export const deviceRole = z.enum(deviceRoles);
export const scopeList = z.array(z.enum(scopes)).max(scopes.length);
