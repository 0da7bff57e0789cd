/** `fased devices`: browsers and programs that may connect to the Gateway. */

import type { Command } from "commander";
import { pairedView, pendingView } from "../gateway/methods/device-views.ts";
import { pairedFile, pendingFile } from "../identity/device-records.ts";
import { deviceLimits } from "../identity/devices.ts";
import { createJsonStore } from "../identity/json-store.ts";
import { statePaths } from "../platform/state-paths.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, withGateway, withGatewayOrDisk } from "./gateway-access.ts";
import type { GatewayConnection } from "./gateway-client.ts";
import type { RegisterCommand } from "./program.ts";
import { relativeTime, tableLines } from "./text-table.ts";
import { usage } from "./usage.ts";

const examples = `
Examples:
  fased devices list
  fased devices approve --latest
  fased devices revoke DEVICE-ID`;

export const registerDevices: RegisterCommand = (program, context) => {
  const devices = program
    .command("devices")
    .description("browsers and programs that may connect")
    .addHelpText("after", examples);
  gatewayOptions(devices.command("list"))
    .description("who waits and who may connect")
    .action((flags: GatewayFlags) => list(context(), flags));
  registerDecisions(devices, context);
  gatewayOptions(devices.command("revoke"))
    .description("let a device connect no longer; its connections end now")
    .argument("<device>", "its id, or the beginning of it")
    .option("--role <role>", "only as `operator` or `node`; else it is forgotten altogether")
    .action((device: string, flags: GatewayFlags & { role?: string }) => revoke(context(), device, flags));
};

type ApproveFlags = GatewayFlags & { readonly latest?: true };

function registerDecisions(devices: Command, context: () => CliContext): void {
  gatewayOptions(devices.command("approve"))
    .description("let a waiting device connect")
    .argument("[request]", "id of its request, or the beginning of it")
    .option("--latest", "the one that asked last")
    .action((request: string | undefined, flags: ApproveFlags) => approve(context(), request, flags));
  gatewayOptions(devices.command("reject"))
    .description("forget the request of a device; it may ask again")
    .argument("<request>", "id of the request, or the beginning of it")
    .action((request: string, flags: GatewayFlags) => reject(context(), request, flags));
}

type Pending = {
  readonly requestId: string;
  readonly deviceId: string;
  readonly displayName?: string | undefined;
  readonly clientId: string;
  readonly platform?: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly reason: string;
  readonly remoteIp: string;
  readonly ts: number;
};

type Paired = {
  readonly deviceId: string;
  readonly displayName?: string | undefined;
  readonly clientId: string;
  readonly platform?: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly approvedAtMs: number;
};

type Devices = { readonly pending: readonly Pending[]; readonly paired: readonly Paired[] };

const loadDevices = (gateway: GatewayConnection) => gateway.call<Devices>("device.pair.list");

async function list(context: CliContext, flags: GatewayFlags): Promise<void> {
  const found = await withGatewayOrDisk<Devices>(context, flags, { live: loadDevices, local: () => fromDisk(context) });
  const now = context.clock.now();
  const { style } = context.print;
  context.print.result(found, () => [
    style.strong("Waiting"),
    ...(found.pending.length === 0 ? ["  none"] : tableLines(found.pending.map((device) => pendingRow(device, now)))),
    "",
    style.strong("Paired"),
    ...(found.paired.length === 0 ? ["  none"] : tableLines(found.paired.map((device) => pairedRow(device, now)))),
  ]);
}

function pendingRow({ requestId, displayName, clientId, platform, role, reason, remoteIp, ts }: Pending, now: number) {
  return [requestId, displayName ?? clientId, platform ?? "", role, reason, `from ${remoteIp}`, relativeTime(ts, now)];
}

function pairedRow({ deviceId, displayName, clientId, platform, roles, approvedAtMs }: Paired, now: number) {
  const role = roles.join(", ") || "revoked";
  return [deviceId.slice(0, 16), displayName ?? clientId, platform ?? "", role, relativeTime(approvedAtMs, now)];
}

async function fromDisk({ paths, clock }: CliContext): Promise<Devices> {
  const { devicesPending, devicesPaired } = statePaths(paths().state);
  const pending = createJsonStore({ path: devicesPending, schema: pendingFile, empty: { version: 1, requests: [] } });
  const paired = createJsonStore({ path: devicesPaired, schema: pairedFile, empty: { version: 1, devices: {} } });
  const oldest = clock.now() - deviceLimits.pendingTtlMs;
  const [{ requests }, { devices }] = await Promise.all([pending.read(), paired.read()]);
  return {
    pending: requests.filter(({ createdAtMs }) => createdAtMs > oldest).map(pendingView),
    paired: Object.values(devices).map(pairedView),
  };
}

async function approve(context: CliContext, request: string | undefined, flags: ApproveFlags): Promise<void> {
  if ((request === undefined) === (flags.latest === undefined)) {
    throw usage("name one request, or say --latest", "see `fased devices list`");
  }
  const approved = await withGateway(context, flags, async (gateway) => {
    const { pending } = await loadDevices(gateway);
    const chosen = request === undefined ? latest(pending) : byBeginning(pending, request);
    await gateway.call("device.pair.approve", { requestId: chosen.requestId });
    return chosen;
  });
  context.print.result(approved, () => [
    context.print.style.success(
      `${approved.displayName ?? approved.clientId} from ${approved.remoteIp} may connect now.`,
    ),
    `As ${approved.role}: ${approved.scopes.join(", ") || "no scopes"}`,
  ]);
}

function latest(pending: readonly Pending[]): Pending {
  const [newest] = [...pending].sort((a, b) => b.ts - a.ts);
  if (newest) return newest;
  throw new CliError("device.none_waiting", "no device waits", {
    fix: "connect it again; a request lasts five minutes",
  });
}

function byBeginning(pending: readonly Pending[], beginning: string): Pending {
  const found = pending.filter(({ requestId }) => requestId.startsWith(beginning));
  const [only] = found;
  if (only && found.length === 1) return only;
  const message = only ? `\`${beginning}\` begins several requests` : `no device waits with request \`${beginning}\``;
  throw new CliError("device.unknown_request", message, { fix: "see `fased devices list`" });
}

async function reject(context: CliContext, request: string, flags: GatewayFlags): Promise<void> {
  const rejected = await withGateway(context, flags, async (gateway) => {
    const chosen = byBeginning((await loadDevices(gateway)).pending, request);
    await gateway.call("device.pair.reject", { requestId: chosen.requestId });
    return chosen;
  });
  context.print.result(rejected, () => `Forgot the request of ${rejected.displayName ?? rejected.clientId}.`);
}

async function revoke(context: CliContext, beginning: string, flags: GatewayFlags & { role?: string }): Promise<void> {
  const { role } = flags;
  const revoked = await withGateway(context, flags, async (gateway) => {
    const device = pairedByBeginning((await loadDevices(gateway)).paired, beginning);
    const { deviceId } = device;
    if (role === undefined) await gateway.call("device.pair.remove", { deviceId });
    else await gateway.call("device.token.revoke", { deviceId, role });
    return { deviceId, name: device.displayName ?? device.clientId, ...(role === undefined ? {} : { role }) };
  });
  context.print.result(revoked, () => `${revoked.name} may no longer connect${role ? ` as ${role}` : ""}.`);
}

function pairedByBeginning(paired: readonly Paired[], beginning: string): Paired {
  const found = paired.filter(({ deviceId }) => deviceId.startsWith(beginning));
  const [only] = found;
  if (only && found.length === 1) return only;
  const message = only ? `\`${beginning}\` begins several devices` : `no paired device \`${beginning}\``;
  throw new CliError("device.unknown_device", message, { fix: "see `fased devices list`" });
}
