import * as z from "zod";
import type { Item } from "../../sessions/item.ts";
import { gatewayLimits } from "../limits.ts";
import { method } from "../method.ts";
import { type WireMessage, wireMessage } from "../wire-messages.ts";
import { sessionKey } from "./session-views.ts";

const listDefault = 200;
const charsDefault = 200_000;

/** The end of a conversation. Bounded: the oldest messages are left out first, a huge one is replaced by a note. */
export const chatHistory = method({
  name: "chat.history",
  scope: "operator.read",
  params: z.strictObject({
    sessionKey,
    agentId: z.string().min(1).optional(),
    cursor: z.string().optional(),
    limit: z.int().min(1).max(1_000).default(listDefault),
    offset: z.int().min(0).optional(),
    pendingBefore: z.int().min(1).optional(),
    inputRunIds: z.array(z.string().min(1).max(256)).max(50).optional(),
    messageId: z.string().min(1).optional(),
    sessionId: z.string().min(1).optional(),
    maxChars: z.int().min(1).max(500_000).default(charsDefault),
    /** Ours: only items with a smaller id, to page back. */
    before: z.int().min(1).optional(),
  }),
  result: z.object({
    sessionKey: z.string(),
    sessionId: z.string(),
    messages: z.array(z.object({ id: z.int(), role: z.string() }).loose()),
    inFlightRun: z.object({ runId: z.string(), text: z.string() }).optional(),
  }),
  handle: async ({ running }, { sessionKey: key, limit, before, maxChars }) => {
    const history = await running.chat.history({ sessionKey: key, limit, ...(before === undefined ? {} : { before }) });
    return {
      sessionKey: history.sessionKey,
      sessionId: history.sessionId,
      messages: bounded(history.items, maxChars),
      ...(history.activeRun === undefined ? {} : { inFlightRun: history.activeRun }),
    };
  },
});

const omitted = "[chat.history omitted: message too large]";

function bounded(items: readonly Item[], maxChars: number): readonly WireMessage[] {
  const kept: WireMessage[] = [];
  let bytes = 0;
  for (const item of [...items].reverse()) {
    const message = fitting(wireMessage(item), maxChars);
    bytes += JSON.stringify(message).length;
    if (bytes > gatewayLimits.historyBytesMax) break;
    kept.push(message);
  }
  return kept.reverse();
}

function fitting(message: WireMessage, maxChars: number): WireMessage {
  if (JSON.stringify(message).length <= maxChars) return message;
  const { details: _details, ...rest } = message;
  return { ...rest, content: [{ type: "text", text: omitted }] };
}
