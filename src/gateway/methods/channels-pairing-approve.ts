import * as z from "zod";
import { method } from "../method.ts";

const name = z.string().min(1).max(256);

/** Lets a sender in, for direct messages. Making them an owner as well needs an administrator. */
export const channelsPairingApprove = method({
  name: "channels.pairing.approve",
  scope: "operator.pairing",
  scopeOf: ({ bootstrapCommandOwner }) => (bootstrapCommandOwner === true ? "operator.admin" : "operator.pairing"),
  params: z.strictObject({
    channel: name,
    accountId: name,
    requestId: name,
    notify: z.boolean().optional(),
    bootstrapCommandOwner: z.boolean().optional(),
  }),
  result: z.strictObject({
    requestId: z.string(),
    senderId: z.string(),
    notification: z.enum(["not-requested", "sent", "unsupported", "failed"]),
    commandOwnerBootstrap: z.enum(["not-requested", "configured", "already-configured", "unavailable"]),
  }),
  handle: async ({ running, caller }, { channel, accountId, requestId, notify, bootstrapCommandOwner }) => {
    const approved = await running.senders.approve({
      channel,
      account: accountId,
      requestId,
      owner: bootstrapCommandOwner === true ? "owner" : "sender",
      by: caller,
    });
    return {
      requestId,
      senderId: approved.senderId,
      notification: notify === true ? ("unsupported" as const) : ("not-requested" as const),
      commandOwnerBootstrap: approved.ownership,
    };
  },
});
