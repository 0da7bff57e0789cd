/**
 * Devices that may connect: pending requests, paired devices and their tokens (reference 3.7). One process owns these
 * files, the one that holds the Gateway lock. Tokens are not stored: they are derived from a key of this Gateway.
 */
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import { fileFacts, readTextFile, writeFileAtomic } from "../platform/files.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import { Secret, secretEquals } from "../platform/secret.ts";
import type { StatePaths } from "../platform/state-paths.ts";
import { scopes as allScopes, type Scope } from "../policy/request.ts";
import {
  approved,
  coversScopes,
  type DeviceClaim,
  type DeviceRole,
  type PairedDevice,
  type PairedFile,
  type PairingReason,
  type PendingDevice,
  pairedFile,
  pairingNeed,
  pendingFile,
  type RoleGrant,
} from "./device-records.ts";
import { createJsonStore, StoreError } from "./json-store.ts";

export const deviceLimits = { pendingTtlMs: 5 * 60_000, pendingMax: 32, displayNameLengthMax: 64 } as const;

/** Who asks for a change; their scopes are those of their own connection. */
export type Approver = { readonly deviceId: string | undefined; readonly scopes: readonly Scope[] };

export type DeviceErrorCode =
  | "device.unknown_request"
  | "device.unknown_device"
  | "device.unknown_role"
  | "device.scope_missing"
  | "device.scope_not_held";

export class DeviceError extends Error {
  readonly code: DeviceErrorCode;

  constructor(code: DeviceErrorCode, message: string) {
    super(message);
    this.name = "DeviceError";
    this.code = code;
  }
}

/** How the caller proved who they are, and from where: what silent approval depends on. */
export type ConnectProof = {
  readonly credential: "shared-secret" | "device-token";
  readonly place: "local" | "remote";
};

export type Admission =
  | {
      readonly kind: "admitted";
      readonly scopes: readonly Scope[];
      readonly token: string;
      readonly issuedAtMs: number;
    }
  | { readonly kind: "pairing"; readonly requestId: string; readonly reason: PairingReason };

export type TokenFailure = "device-not-paired" | "role-missing" | "token-missing" | "token-revoked" | "token-mismatch";

export type DeviceEvent =
  | { readonly kind: "requested"; readonly request: PendingDevice }
  | {
      readonly kind: "resolved";
      readonly requestId: string;
      readonly deviceId: string;
      readonly decision: "approved" | "rejected";
    }
  /** Connections of this device (and role) end now. */
  | { readonly kind: "revoked"; readonly deviceId: string; readonly role?: DeviceRole };

export interface DeviceStore {
  /** A device without pairing scope for others sees itself only; an administrator sees all. */
  list(viewer: Approver): { readonly pending: readonly PendingDevice[]; readonly paired: readonly PairedDevice[] };
  /** Decides whether a device whose key is proved may connect; may approve silently, or leave a request. */
  admit(claim: DeviceClaim, proof: ConnectProof): Promise<Admission>;
  checkToken(device: { readonly deviceId: string; readonly role: DeviceRole }, token: string): TokenFailure | undefined;
  /** Throws DeviceError: the approver must hold every scope that is asked for; a node needs an administrator. */
  approve(requestId: string, approver: Approver): Promise<PairedDevice>;
  reject(requestId: string): Promise<PendingDevice>;
  remove(deviceId: string, approver: Approver): Promise<void>;
  rename(device: { readonly deviceId: string; readonly name: string }, approver: Approver): Promise<void>;
  /** Makes the old token void. The new one is returned to the device itself only. */
  rotate(token: TokenChange, approver: Approver): Promise<{ readonly token: string | undefined }>;
  revoke(token: TokenChange, approver: Approver): Promise<void>;
  /** Pairs at once, for a log-in code that was redeemed: the code was the approval. */
  enrol(claim: DeviceClaim): Promise<{ readonly token: string; readonly scopes: readonly Scope[] }>;
  subscribe(listener: (event: DeviceEvent) => void): () => void;
}

export type TokenChange = {
  readonly deviceId: string;
  readonly role: DeviceRole;
  readonly scopes?: readonly Scope[] | undefined;
};

/** Loads the stores. Throws StoreError when one cannot be trusted: nobody connects then, instead of anybody. */
export async function openDevices(paths: StatePaths, clock: Clock): Promise<DeviceStore> {
  const key = await loadTokenKey(`${paths.identity}/device-tokens.key`);
  const stores = {
    paired: createJsonStore({ path: paths.devicesPaired, schema: pairedFile, empty: { version: 1, devices: {} } }),
    pending: createJsonStore({ path: paths.devicesPending, schema: pendingFile, empty: { version: 1, requests: [] } }),
  };
  const paired = await stores.paired.read();
  const pending = (await stores.pending.read()).requests;
  return new FileDeviceStore({ key, stores, clock, paired, pending });
}

const tokenKeyBytes = 32;

async function loadTokenKey(path: string): Promise<Secret> {
  if (!(await fileFacts(path)).exists) {
    createPrivateFolder(path.slice(0, path.lastIndexOf("/")));
    await writeFileAtomic(path, `${randomBytes(tokenKeyBytes).toString("hex")}\n`);
  }
  const text = (await readTextFile(path, { maxBytes: 1_024 })).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new StoreError(path, "is not a key");
  return new Secret(text);
}

type Stores = {
  readonly paired: ReturnType<typeof createJsonStore<PairedFile>>;
  readonly pending: ReturnType<typeof createJsonStore<{ version: 1; requests: PendingDevice[] }>>;
};

type Parts = {
  readonly key: Secret;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly paired: PairedFile;
  readonly pending: readonly PendingDevice[];
};

class FileDeviceStore implements DeviceStore {
  readonly #key: Secret;
  readonly #stores: Stores;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: DeviceEvent) => void>();
  #paired: PairedFile;
  #pending: readonly PendingDevice[];
  #work: Promise<unknown> = Promise.resolve();

  constructor({ key, stores, clock, paired, pending }: Parts) {
    this.#key = key;
    this.#stores = stores;
    this.#clock = clock;
    this.#paired = paired;
    this.#pending = pending;
  }

  list(viewer: Approver) {
    const all = Object.values(this.#paired.devices);
    const admin = viewer.scopes.includes("operator.admin");
    return {
      pending: this.#live(),
      paired: admin ? all : all.filter((device) => device.deviceId === viewer.deviceId),
    };
  }

  admit(claim: DeviceClaim, proof: ConnectProof): Promise<Admission> {
    return this.#serially(async () => {
      const reason = pairingNeed(this.#paired.devices[claim.deviceId], claim);
      if (reason === undefined) {
        await this.#pin(claim);
        return this.#admitted(claim);
      }
      const request = this.#requestFor(claim, reason);
      if (approvesSilently(claim, { ...proof, reason, revoked: this.#isRevoked(claim) })) {
        await this.#pair(request);
        return this.#admitted(claim);
      }
      await this.#keepPending(request);
      return { kind: "pairing", requestId: request.requestId, reason };
    });
  }

  checkToken(device: { deviceId: string; role: DeviceRole }, token: string): TokenFailure | undefined {
    const known = this.#paired.devices[device.deviceId];
    if (!known) return "device-not-paired";
    const grant = known.roles[device.role];
    if (!grant) return "role-missing";
    if (grant.revokedAtMs !== undefined) return "token-revoked";
    if (token === "") return "token-missing";
    return secretEquals(new Secret(this.#tokenOf(known, device.role, grant)), token) ? undefined : "token-mismatch";
  }

  approve(requestId: string, approver: Approver): Promise<PairedDevice> {
    return this.#serially(async () => {
      const request = this.#findPending(requestId);
      if (request.role !== "operator" && !approver.scopes.includes("operator.admin")) {
        throw new DeviceError("device.scope_missing", "only an administrator can approve a node");
      }
      if (!coversScopes(approver.scopes, request.scopes)) {
        throw new DeviceError(
          "device.scope_missing",
          `the device asks for ${request.scopes.join(", ")}, which is more than you hold`,
        );
      }
      const device = await this.#pair(request);
      this.#tell({ kind: "resolved", requestId, deviceId: request.deviceId, decision: "approved" });
      return device;
    });
  }

  reject(requestId: string): Promise<PendingDevice> {
    return this.#serially(async () => {
      const request = this.#findPending(requestId);
      await this.#savePending(this.#pending.filter((other) => other !== request));
      this.#tell({ kind: "resolved", requestId, deviceId: request.deviceId, decision: "rejected" });
      return request;
    });
  }

  remove(deviceId: string, approver: Approver): Promise<void> {
    return this.#serially(async () => {
      this.#findManaged(deviceId, approver);
      const { [deviceId]: _gone, ...devices } = this.#paired.devices;
      await this.#savePaired({ ...this.#paired, devices });
      this.#tell({ kind: "revoked", deviceId });
    });
  }

  rename({ deviceId, name }: { deviceId: string; name: string }, approver: Approver): Promise<void> {
    return this.#serially(async () => {
      const device = this.#findManaged(deviceId, approver);
      await this.#saveDevice({ ...device, displayName: displayable(name) });
    });
  }

  rotate(change: TokenChange, approver: Approver): Promise<{ token: string | undefined }> {
    return this.#serially(async () => {
      const device = this.#findManaged(change.deviceId, approver);
      const grant = findGrant(device, change.role);
      const scopes = change.scopes ?? grant.scopes;
      if (grant.revokedAtMs !== undefined || !coversScopes(grant.scopes, scopes)) {
        throw new DeviceError(
          "device.scope_not_held",
          "a rotation can keep or drop scopes, and cannot add or revive any",
        );
      }
      const next = { ...grant, scopes: [...scopes], generation: grant.generation + 1, rotatedAtMs: this.#clock.now() };
      await this.#saveDevice({ ...device, roles: { ...device.roles, [change.role]: next } });
      this.#tell({ kind: "revoked", deviceId: change.deviceId, role: change.role });
      const isOwn = approver.deviceId === change.deviceId;
      return { token: isOwn ? this.#tokenOf(device, change.role, next) : undefined };
    });
  }

  revoke(change: TokenChange, approver: Approver): Promise<void> {
    return this.#serially(async () => {
      const device = this.#findManaged(change.deviceId, approver);
      const grant = findGrant(device, change.role);
      const next = { ...grant, generation: grant.generation + 1, revokedAtMs: this.#clock.now() };
      await this.#saveDevice({ ...device, roles: { ...device.roles, [change.role]: next } });
      this.#tell({ kind: "revoked", deviceId: change.deviceId, role: change.role });
    });
  }

  enrol(claim: DeviceClaim): Promise<{ token: string; scopes: readonly Scope[] }> {
    return this.#serially(async () => {
      const device = await this.#pair(this.#requestFor(claim, "not-paired"));
      const grant = findGrant(device, claim.role);
      return { token: this.#tokenOf(device, claim.role, grant), scopes: grant.scopes };
    });
  }

  subscribe(listener: (event: DeviceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #admitted(claim: DeviceClaim): Admission {
    const device = this.#paired.devices[claim.deviceId];
    const grant = device?.roles[claim.role];
    if (!device || !grant) throw new Error("an admitted device is paired");
    return {
      kind: "admitted",
      // Asking for less is granted; asking for more was a reason to pair.
      scopes: claim.scopes ?? grant.scopes,
      token: this.#tokenOf(device, claim.role, grant),
      issuedAtMs: grant.rotatedAtMs ?? grant.createdAtMs,
    };
  }

  async #pin(claim: DeviceClaim): Promise<void> {
    const device = this.#paired.devices[claim.deviceId];
    if (device && device.metadata === undefined && claim.metadata) {
      await this.#saveDevice({ ...device, metadata: claim.metadata });
    }
  }

  #isRevoked(claim: DeviceClaim): boolean {
    return this.#paired.devices[claim.deviceId]?.roles[claim.role]?.revokedAtMs !== undefined;
  }

  #requestFor(claim: DeviceClaim, reason: PairingReason): PendingDevice {
    const waiting = this.#live().find((request) => request.deviceId === claim.deviceId);
    return {
      requestId: waiting?.requestId ?? randomUUID(),
      reason,
      deviceId: claim.deviceId,
      publicKey: claim.publicKey,
      ...(claim.displayName === undefined ? {} : { displayName: displayable(claim.displayName) }),
      ...(claim.metadata === undefined ? {} : { metadata: claim.metadata }),
      clientId: claim.clientId,
      clientMode: claim.clientMode,
      role: claim.role,
      scopes: [...(claim.scopes ?? (claim.role === "operator" ? allScopes : []))],
      ...(claim.browserOrigin === undefined ? {} : { browserOrigin: claim.browserOrigin }),
      remoteIp: claim.remoteIp,
      createdAtMs: this.#clock.now(),
    };
  }

  async #keepPending(request: PendingDevice): Promise<void> {
    const others = this.#live().filter((other) => other.deviceId !== request.deviceId);
    await this.#savePending([...others, request].slice(-deviceLimits.pendingMax));
    this.#tell({ kind: "requested", request });
  }

  async #pair(request: PendingDevice): Promise<PairedDevice> {
    const device = approved(this.#paired.devices[request.deviceId], request, this.#clock.now());
    await this.#saveDevice(device);
    await this.#savePending(this.#live().filter((other) => other.deviceId !== request.deviceId));
    return device;
  }

  #live(): readonly PendingDevice[] {
    const oldest = this.#clock.now() - deviceLimits.pendingTtlMs;
    return this.#pending.filter((request) => request.createdAtMs > oldest);
  }

  #findPending(requestId: string): PendingDevice {
    const request = this.#live().find((other) => other.requestId === requestId);
    if (request) return request;
    throw new DeviceError(
      "device.unknown_request",
      `no pending device request \`${requestId}\`; requests last ${deviceLimits.pendingTtlMs / 60_000} minutes, connect again`,
    );
  }

  #findManaged(deviceId: string, approver: Approver): PairedDevice {
    const own = approver.deviceId === deviceId || approver.scopes.includes("operator.admin");
    const device = own ? this.#paired.devices[deviceId] : undefined;
    if (device) return device;
    throw new DeviceError("device.unknown_device", `no paired device \`${deviceId}\` that you may manage`);
  }

  #tokenOf(device: PairedDevice, role: DeviceRole, grant: RoleGrant): string {
    const message = ["device-token", device.deviceId, device.publicKey, role, grant.generation].join("|");
    return createHmac("sha256", this.#key.reveal()).update(message).digest("hex").slice(0, 32);
  }

  async #saveDevice(device: PairedDevice): Promise<void> {
    const devices = { ...this.#paired.devices, [device.deviceId]: device };
    await this.#savePaired({ ...this.#paired, devices });
  }

  async #savePaired(next: PairedFile): Promise<void> {
    await this.#stores.paired.update(() => ({ next, result: undefined }));
    this.#paired = next;
  }

  async #savePending(next: readonly PendingDevice[]): Promise<void> {
    if (next.length === this.#pending.length && next.every((request, index) => request === this.#pending[index]))
      return;
    await this.#stores.pending.update((file) => ({ next: { ...file, requests: [...next] }, result: undefined }));
    this.#pending = next;
  }

  #tell(event: DeviceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** One change at a time, so that two requests never decide on the same old state. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#work.then(work, work);
    this.#work = next.catch(() => undefined);
    return next;
  }
}

type SilentFacts = ConnectProof & { readonly reason: PairingReason; readonly revoked: boolean };

/** Only for somebody at this machine who showed the operator secret just now; never a node, a new role or new metadata. */
function approvesSilently(claim: DeviceClaim, facts: SilentFacts): boolean {
  return (
    facts.credential === "shared-secret" &&
    facts.place === "local" &&
    claim.role === "operator" &&
    !facts.revoked &&
    (facts.reason === "not-paired" || facts.reason === "scope-upgrade")
  );
}

function findGrant(device: PairedDevice, role: DeviceRole): RoleGrant {
  const grant = device.roles[role];
  if (grant) return grant;
  throw new DeviceError("device.unknown_role", `device \`${device.deviceId}\` has no role \`${role}\``);
}

function displayable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").slice(0, deviceLimits.displayNameLengthMax);
}
