import * as z from "zod";
import { method } from "../method.ts";

const name = z.string().min(1).max(256);

/** Ours: takes a pairing back; the sender is let in no longer, at once. Entries of the config are not touched. */
export const channelsPairingRevoke = method({
  name: "channels.pairing.revoke",
  scope: "operator.pairing",
  params: z.strictObject({ channel: name, accountId: name, senderId: name }),
  result: z.strictObject({ outcome: z.enum(["revoked", "absent"]) }),
  handle: async ({ running, caller }, { channel, accountId, senderId }) => ({
    outcome: await running.senders.revoke({ channel, account: accountId, senderId, by: caller }),
  }),
});
