/** `fased pairing`: senders who asked to be let in, and those who were. Works without a running Gateway, too. */
import type { Command } from "commander";
import { accountsOf } from "../config/accounts.ts";
import { knownChannels } from "../config/sections/channel-names.ts";
import { createPairingStore, type PairingStore, type SenderAddress } from "../identity/pairing-store.ts";
import { statePaths } from "../platform/state-paths.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import { type GatewayFlags, gatewayOptions, notRunning, withGatewayOrDisk } from "./gateway-access.ts";
import type { GatewayConnection } from "./gateway-client.ts";
import type { RegisterCommand } from "./program.ts";
import { relativeTime, tableLines } from "./text-table.ts";
import { usage } from "./usage.ts";

const examples = `
A sender is let in for direct messages only. With --owner they may do what you may, in their direct chat.

Examples:
  fased pairing list
  fased pairing approve ABCD2345
  fased pairing approve telegram ABCD2345 --owner
  fased pairing revoke telegram 123456789`;

type GetContext = () => CliContext;
type Flags = GatewayFlags & { readonly account?: string };
type ApproveFlags = Flags & { readonly owner?: true };

export const registerPairing: RegisterCommand = (program, context) => {
  const pairing = program
    .command("pairing")
    .description("senders who asked to be let in")
    .addHelpText("after", examples);
  gatewayOptions(pairing.command("list"))
    .description("who asked, and who was let in")
    .argument("[channel]", "only of this channel")
    .action((channel: string | undefined, flags: Flags) => list(context(), channel, flags));
  registerDecision(pairing, context);
  gatewayOptions(pairing.command("revoke"))
    .description("let a sender in no longer")
    .argument("<channel>")
    .argument("<sender>", "their id, as `pairing list` shows it")
    .option("--account <account>", "of this account of yours", "default")
    .action((channel: string, id: string, flags: GatewayFlags & { account: string }) =>
      revoke(context(), { channel, account: flags.account, id }, flags),
    );
};

function registerDecision(pairing: Command, context: GetContext): void {
  const words = "[channel] <code>, or the request id in place of the code";
  gatewayOptions(pairing.command("approve"))
    .description("let a sender in")
    .argument("<words...>", words)
    .option("--account <account>", "of this account of yours")
    .option("--owner", "and make them an owner; needs a running Gateway")
    .action((asked: string[], flags: ApproveFlags) => approve(context(), asked, flags));
  gatewayOptions(pairing.command("reject"))
    .description("forget a request; the sender may ask again")
    .argument("<words...>", words)
    .option("--account <account>", "of this account of yours")
    .action((asked: string[], flags: Flags) => reject(context(), asked, flags));
}

type Request = {
  readonly requestId: string;
  readonly channel: string;
  readonly accountId: string;
  readonly senderId: string;
  readonly senderLabel: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string;
};

type Listing = { readonly requests: readonly Request[]; readonly approved: readonly SenderAddress[] };

async function list(context: CliContext, channel: string | undefined, flags: Flags): Promise<void> {
  const requests = await requestsOf(context, channel, flags);
  const approved = flags.url === undefined ? await approvedSenders(context, channel) : [];
  const found: Listing = { requests, approved };
  context.print.result(found, () => listLines(context, found));
}

function requestsOf(
  context: CliContext,
  channel: string | undefined,
  flags: GatewayFlags,
): Promise<readonly Request[]> {
  return withGatewayOrDisk(context, flags, {
    live: (gateway) => liveRequests(gateway, channel),
    local: () => storedRequests(context, channel),
  });
}

async function liveRequests(gateway: GatewayConnection, channel: string | undefined): Promise<readonly Request[]> {
  const { requests } = await gateway.call<{ requests: readonly Request[] }>(
    "channels.pairing.list",
    channel === undefined ? {} : { channel },
  );
  return requests.map(({ requestId, channel: name, accountId, senderId, senderLabel, createdAt, expiresAt }) => {
    return { requestId, channel: name, accountId, senderId, senderLabel, createdAt, expiresAt };
  });
}

async function storedRequests(context: CliContext, channel: string | undefined): Promise<readonly Request[]> {
  const requests = await storeOf(context).list(channel);
  return requests.map(({ requestId, channel: name, account, id, name: label, createdAt, expiresAt }) => ({
    requestId,
    channel: name,
    accountId: account,
    senderId: id,
    senderLabel: label,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }));
}

function storeOf(context: CliContext): PairingStore {
  return createPairingStore({ paths: statePaths(context.paths().state), clock: context.clock });
}

async function approvedSenders(context: CliContext, channel: string | undefined): Promise<readonly SenderAddress[]> {
  const accounts = accountsOf(context.load().config).filter(
    (entry) => channel === undefined || entry.channel === channel,
  );
  return (await storeOf(context).loadGrants(accounts)).paired;
}

function listLines({ print, clock }: CliContext, { requests, approved }: Listing): string[] {
  const now = clock.now();
  const asked = requests.map(({ requestId, channel, accountId, senderId, senderLabel, expiresAt }) => [
    requestId,
    channel,
    accountId,
    senderId,
    senderLabel,
    `expires ${relativeTime(Date.parse(expiresAt), now)}`,
  ]);
  const letIn = approved.map(({ channel, account, id }) => [channel, account, id]);
  return [
    print.style.strong("Asked to be let in"),
    ...(asked.length === 0 ? ["  nobody"] : tableLines(asked)),
    ...(asked.length === 0 ? [] : [print.style.muted("Compare the code that the person shows you, then approve it.")]),
    "",
    print.style.strong("Let in"),
    ...(letIn.length === 0 ? ["  nobody"] : tableLines(letIn)),
  ];
}

type Asked = { readonly channel: string | undefined; readonly request: string };

function parseAsked(words: readonly string[]): Asked {
  const [first = "", second] = words;
  if (words.length > 2) throw usage(`\`${words.slice(2).join(" ")}\` is too much`, "give [channel] <code>");
  if (second === undefined && knownChannels.includes(first)) {
    throw usage(
      `the code of somebody on ${first} is missing`,
      "give [channel] <code>; `fased pairing list` shows who asked",
    );
  }
  return second === undefined ? { channel: undefined, request: first } : { channel: first, request: second };
}

type Target = { readonly channel: string; readonly accountId: string; readonly requestId: string };

/** The channels and accounts that the words may mean; a code says itself which request it is. */
async function targetsOf(context: CliContext, words: readonly string[], flags: Flags): Promise<readonly Target[]> {
  const { channel, request } = parseAsked(words);
  const requests = await requestsOf(context, channel, flags);
  const account = flags.account;
  const open = requests.filter(({ accountId }) => account === undefined || accountId === account);
  const named = open.find(({ requestId }) => requestId === request.toLowerCase());
  if (named) return [{ channel: named.channel, accountId: named.accountId, requestId: named.requestId }];
  const places = new Map(open.map((entry) => [`${entry.channel}\0${entry.accountId}`, entry]));
  const targets = [...places.values()].map((entry) => ({
    channel: entry.channel,
    accountId: entry.accountId,
    requestId: request,
  }));
  if (targets.length > 0) return targets;
  throw unknownRequest(request);
}

function unknownRequest(request: string): CliError {
  return new CliError("pairing.unknown_request", `nobody who asked has the code or id \`${request}\``, {
    fix: "codes last an hour; see `fased pairing list`, or let the person write again",
  });
}

/** Tries each place until one knows the code. */
async function firstKnown<T>(targets: readonly Target[], act: (target: Target) => Promise<T>): Promise<T> {
  for (const target of targets) {
    try {
      return await act(target);
    } catch (error) {
      if (!isUnknownRequest(error)) throw error;
    }
  }
  throw unknownRequest(targets[0]?.requestId ?? "");
}

function isUnknownRequest(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, details } = error as { code?: unknown; details?: { code?: unknown } };
  return code === "pairing.unknown_request" || details?.code === "pairing.unknown_request";
}

type Approved = {
  readonly channel: string;
  readonly senderId: string;
  readonly owner: string;
  /** The config file allows more than was accepted, and this may be part of it. */
  readonly waitsForConsent: boolean;
};

async function approve(context: CliContext, words: readonly string[], flags: ApproveFlags): Promise<void> {
  const targets = await targetsOf(context, words, flags);
  const approved = await withGatewayOrDisk<Approved>(context, flags, {
    live: (gateway) => firstKnown(targets, (target) => approveLive(gateway, target, flags)),
    local: async () => {
      if (flags.owner) throw await notRunning(context);
      return firstKnown(targets, ({ channel, accountId, requestId }) =>
        storeOf(context)
          .approve({ channel, account: accountId, request: requestId })
          .then(({ id }) => ({ channel, senderId: id, owner: "not-requested", waitsForConsent: false })),
      );
    },
  });
  if (flags.owner && approved.owner === "unavailable") context.outcome.code = exitCodes.failed;
  context.print.result(approved, () => [
    context.print.style.success(`${approved.senderId} may write to you on ${approved.channel} now.`),
    ...ownerLines(approved),
    "What they wrote before was not kept; let them write again.",
  ]);
}

async function approveLive(gateway: GatewayConnection, target: Target, flags: ApproveFlags): Promise<Approved> {
  const { senderId, commandOwnerBootstrap } = await gateway.call<{ senderId: string; commandOwnerBootstrap: string }>(
    "channels.pairing.approve",
    { ...target, ...(flags.owner ? { bootstrapCommandOwner: true } : {}) },
  );
  const waitsForConsent = commandOwnerBootstrap === "configured" && (await gateway.call("policy.pending")) !== null;
  return { channel: target.channel, senderId, owner: commandOwnerBootstrap, waitsForConsent };
}

function ownerLines({ owner, waitsForConsent }: Approved): string[] {
  if (waitsForConsent) return ["They are an owner once you accept what the config allows more: fased config accept"];
  if (owner === "configured") return ["They are an owner now: they may do what you may, in their direct chat."];
  if (owner === "already-configured") return ["They were an owner already."];
  if (owner === "unavailable") return ["They could not be made an owner: this channel cannot prove who a sender is."];
  return [];
}

async function reject(context: CliContext, words: readonly string[], flags: Flags): Promise<void> {
  const targets = await targetsOf(context, words, flags);
  const rejected = await withGatewayOrDisk(context, flags, {
    live: (gateway) =>
      firstKnown(targets, (target) => gateway.call<{ senderId: string }>("channels.pairing.dismiss", target)),
    local: () =>
      firstKnown(targets, async ({ channel, accountId, requestId }) => {
        const { id } = await storeOf(context).dismiss({ channel, account: accountId, request: requestId });
        return { senderId: id };
      }),
  });
  context.print.result(rejected, () => `Forgot the request of ${rejected.senderId}; they may ask again.`);
}

async function revoke(context: CliContext, sender: SenderAddress, flags: GatewayFlags): Promise<void> {
  const { outcome } = await withGatewayOrDisk(context, flags, {
    live: (gateway) =>
      gateway.call<{ outcome: "revoked" | "absent" }>("channels.pairing.revoke", {
        channel: sender.channel,
        accountId: sender.account,
        senderId: sender.id,
      }),
    local: async () => ({ outcome: await storeOf(context).revoke(sender) }),
  });
  if (outcome === "absent") {
    throw new CliError("pairing.not_paired", `${sender.id} was not let in on ${sender.channel} by a pairing`, {
      fix: "see `fased pairing list`; senders listed in the config are removed there",
    });
  }
  context.print.result({ ...sender, outcome }, () => `${sender.id} is no longer let in on ${sender.channel}.`);
}
