import * as z from "zod";
import { pairingLimits } from "../../identity/pairing-store.ts";
import { method } from "../method.ts";

const account = z.strictObject({
  channel: z.string(),
  channelLabel: z.string(),
  accountId: z.string(),
  notifySupported: z.boolean(),
});

/** Senders who asked to be let in. Codes are not told: the request id names a request. */
export const channelsPairingList = method({
  name: "channels.pairing.list",
  scope: "operator.pairing",
  params: z.strictObject({ channel: z.string().min(1).optional(), accountId: z.string().min(1).optional() }),
  result: z.strictObject({
    accounts: z.array(account),
    requests: z.array(
      z.strictObject({
        requestId: z.string(),
        channel: z.string(),
        channelLabel: z.string(),
        accountId: z.string(),
        senderId: z.string(),
        senderLabel: z.string(),
        metadata: z.record(z.string(), z.string()),
        createdAt: z.string(),
        lastSeenAt: z.string(),
        expiresAt: z.string(),
        notifySupported: z.boolean(),
      }),
    ),
    commandOwnerConfigured: z.boolean(),
    limits: z.strictObject({ pendingPerAccount: z.int(), ttlMs: z.int() }),
  }),
  handle: async ({ running }, { channel, accountId }) => {
    const list = await running.senders.list({
      ...(channel === undefined ? {} : { channel }),
      ...(accountId === undefined ? {} : { account: accountId }),
    });
    const label = (name: string) => running.channels.label(name);
    return {
      accounts: list.accounts.map((entry) => ({
        channel: entry.channel,
        channelLabel: label(entry.channel),
        accountId: entry.account,
        notifySupported: false,
      })),
      requests: list.requests.map((request) => ({
        requestId: request.requestId,
        channel: request.channel,
        channelLabel: label(request.channel),
        accountId: request.account,
        senderId: request.senderId,
        senderLabel: request.senderName || request.senderId,
        metadata: { code: request.hasCode ? "sent" : "none: too many requests were pending" },
        createdAt: new Date(request.createdAt).toISOString(),
        lastSeenAt: new Date(request.lastSeenAt).toISOString(),
        expiresAt: new Date(request.expiresAt).toISOString(),
        notifySupported: false,
      })),
      commandOwnerConfigured: list.ownerConfigured,
      limits: { pendingPerAccount: pairingLimits.pendingPerChannelMax, ttlMs: pairingLimits.ttlMs },
    };
  },
});
