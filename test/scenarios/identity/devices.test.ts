import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeviceClaim } from "../../../src/identity/device-records.ts";
import {
  type Admission,
  type ConnectProof,
  type DeviceEvent,
  type DeviceStore,
  openDevices,
} from "../../../src/identity/devices.ts";
import { statePaths } from "../../../src/platform/state-paths.ts";
import type { Scope } from "../../../src/policy/request.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";

let folder = "";
let clock: FakeClock;
let devices: DeviceStore;
let events: DeviceEvent[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fased-devices-"));
  clock = createFakeClock();
  devices = await openDevices(statePaths(folder), clock);
  events = [];
  devices.subscribe((event) => events.push(event));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const claim: DeviceClaim = {
  deviceId: "d1",
  publicKey: "key-1",
  metadata: { platform: "linux", deviceFamily: "" },
  clientId: "fased-control-ui",
  clientMode: "ui",
  role: "operator",
  scopes: ["operator.read", "operator.write"],
  remoteIp: "127.0.0.1",
};
const here: ConnectProof = { credential: "shared-secret", place: "local" };
const admin = { deviceId: undefined, scopes: ["operator.admin"] as const };
const role = { deviceId: "d1", role: "operator" as const };

const tokenOf = (admission: Admission): string => (admission.kind === "admitted" ? admission.token : "");
const requestOf = (admission: Admission): string => (admission.kind === "pairing" ? admission.requestId : "");

describe("a new device", () => {
  test("at this machine with the operator secret is approved silently and gets its token", async () => {
    const admission = await devices.admit(claim, here);
    expect(admission).toEqual({
      kind: "admitted",
      scopes: claim.scopes,
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
      issuedAtMs: clock.now(),
    });
    expect(devices.checkToken(role, tokenOf(admission))).toBeUndefined();
  });

  test.each([
    ["from elsewhere", claim, { ...here, place: "remote" as const }],
    ["without the operator secret", claim, { ...here, credential: "device-token" as const }],
    ["as a node", { ...claim, role: "node" as const }, here],
  ])("%s waits for an approval", async (_name, asked, proof) => {
    const admission = await devices.admit(asked, proof);
    expect(admission).toEqual({ kind: "pairing", requestId: expect.any(String), reason: "not-paired" });
    expect(await devices.admit(asked, proof)).toEqual(admission);
    expect(devices.list(admin).pending).toHaveLength(1);
    await devices.approve(requestOf(admission), admin);
    expect((await devices.admit(asked, { ...proof, credential: "device-token" })).kind).toBe("admitted");
  });

  test("waits five minutes, no longer", async () => {
    const admission = await devices.admit(claim, { ...here, place: "remote" });
    clock.advance(5 * 60_000);
    expect(devices.list(admin).pending).toEqual([]);
    const late = devices.approve(requestOf(admission), admin);
    await expect(late).rejects.toMatchObject({ code: "device.unknown_request" });
  });

  test("that is rejected stays out", async () => {
    const admission = await devices.admit(claim, { ...here, place: "remote" });
    await devices.reject(requestOf(admission));
    expect(devices.list(admin)).toEqual({ pending: [], paired: [] });
    expect(events.map((event) => event.kind)).toEqual(["requested", "resolved"]);
  });

  test("requests beyond 32 push out the oldest", async () => {
    for (let index = 0; index < 40; index += 1) {
      await devices.admit({ ...claim, deviceId: `d${index}` }, { ...here, place: "remote" });
    }
    expect(devices.list(admin).pending).toHaveLength(32);
  });
});

describe("a paired device", () => {
  beforeEach(async () => {
    await devices.admit(claim, here);
  });

  test("that wants more scopes gets them silently only with the secret at this machine", async () => {
    const more: DeviceClaim = { ...claim, scopes: ["operator.admin"] };
    const withToken = await devices.admit(more, { ...here, credential: "device-token" });
    expect(withToken).toMatchObject({ kind: "pairing", reason: "scope-upgrade" });
    expect((await devices.admit(more, here)).kind).toBe("admitted");
  });

  test("with other metadata or another key is never approved silently", async () => {
    expect(await devices.admit({ ...claim, metadata: { platform: "ios", deviceFamily: "" } }, here)).toMatchObject({
      reason: "metadata-upgrade",
    });
    expect(await devices.admit({ ...claim, metadata: undefined }, here)).toMatchObject({ reason: "metadata-upgrade" });
    expect(await devices.admit({ ...claim, publicKey: "key-2" }, { ...here, place: "remote" })).toMatchObject({
      reason: "not-paired",
    });
  });

  test("that asks for less gets less", async () => {
    expect(await devices.admit({ ...claim, scopes: [] }, here)).toMatchObject({ kind: "admitted", scopes: [] });
  });

  test("a revoked token is void at once and does not come back silently", async () => {
    const token = tokenOf(await devices.admit(claim, here));
    await devices.revoke(role, admin);
    expect(devices.checkToken(role, token)).toBe("token-revoked");
    expect(events.at(-1)).toEqual({ kind: "revoked", deviceId: "d1", role: "operator" });
    const again = await devices.admit(claim, here);
    expect(again).toMatchObject({ kind: "pairing", reason: "role-upgrade" });
    await devices.approve(requestOf(again), admin);
    expect(devices.checkToken(role, token)).toBe("token-mismatch");
  });

  test("a rotation makes the old token void, tells the new one to the device only, and never widens", async () => {
    const token = tokenOf(await devices.admit(claim, here));
    expect(await devices.rotate(role, admin)).toEqual({ token: undefined });
    expect(devices.checkToken(role, token)).toBe("token-mismatch");
    const own = await devices.rotate({ ...role, scopes: ["operator.read"] }, { deviceId: "d1", scopes: [] });
    expect(devices.checkToken(role, own.token ?? "")).toBeUndefined();
    const widen = devices.rotate({ ...role, scopes: ["operator.admin"] }, admin);
    await expect(widen).rejects.toMatchObject({ code: "device.scope_not_held" });
  });

  test("a removed device is unknown at once", async () => {
    const token = tokenOf(await devices.admit(claim, here));
    await devices.remove("d1", admin);
    expect(devices.checkToken(role, token)).toBe("device-not-paired");
  });

  test("sees and manages itself only, unless it is an administrator", async () => {
    await devices.admit({ ...claim, deviceId: "d2", publicKey: "key-2" }, here);
    const pairingScope: Scope[] = ["operator.pairing"];
    const viewer = { deviceId: "d2", scopes: pairingScope };
    expect(devices.list(viewer).paired.map((device) => device.deviceId)).toEqual(["d2"]);
    await expect(devices.remove("d1", viewer)).rejects.toMatchObject({ code: "device.unknown_device" });
    expect(devices.list(admin).paired).toHaveLength(2);
  });

  test("survives a restart with its token; the files hold neither token nor secret", async () => {
    const token = tokenOf(await devices.admit(claim, here));
    const again = await openDevices(statePaths(folder), clock);
    expect(again.checkToken(role, token)).toBeUndefined();
    expect(readFileSync(join(folder, "devices", "paired.json"), "utf8")).not.toContain(token);
  });
});

test("an approver cannot give scopes that they do not hold, nor approve a node without being an administrator", async () => {
  const asked = await devices.admit({ ...claim, scopes: ["operator.admin"] }, { ...here, place: "remote" });
  const pairing = { deviceId: "d9", scopes: ["operator.pairing", "operator.read"] as const };
  await expect(devices.approve(requestOf(asked), pairing)).rejects.toMatchObject({ code: "device.scope_missing" });
  const node = await devices.admit({ ...claim, deviceId: "n", role: "node", scopes: [] }, here);
  await expect(devices.approve(requestOf(node), pairing)).rejects.toMatchObject({ code: "device.scope_missing" });
  expect(devices.list(admin).paired).toEqual([]);
});

test("a device that came by a log-in link is pinned at its first connection", async () => {
  const { token, scopes } = await devices.enrol({ ...claim, metadata: undefined, scopes: undefined });
  expect(scopes).toContain("operator.admin");
  expect(devices.checkToken(role, token)).toBeUndefined();
  const proof: ConnectProof = { credential: "device-token", place: "local" };
  expect((await devices.admit(claim, proof)).kind).toBe("admitted");
  const other = await devices.admit({ ...claim, metadata: { platform: "ios", deviceFamily: "" } }, proof);
  expect(other).toMatchObject({ kind: "pairing", reason: "metadata-upgrade" });
});

test("a store that cannot be read stops the start, instead of admitting anybody", async () => {
  mkdirSync(join(folder, "devices"), { recursive: true });
  writeFileSync(join(folder, "devices", "paired.json"), "{}");
  await expect(openDevices(statePaths(folder), clock)).rejects.toMatchObject({ code: "store.unreadable" });
});
