import * as z from "zod";
import { method } from "../method.ts";

const name = z.string().min(1).max(256);

/** Forgets a request; the sender may ask again. */
export const channelsPairingDismiss = method({
  name: "channels.pairing.dismiss",
  scope: "operator.pairing",
  params: z.strictObject({ channel: name, accountId: name, requestId: name }),
  result: z.strictObject({ requestId: z.string(), senderId: z.string() }),
  handle: async ({ running, caller }, { channel, accountId, requestId }) => {
    const { senderId } = await running.senders.dismiss({ channel, account: accountId, requestId, by: caller });
    return { requestId, senderId };
  },
});
