import * as z from "zod";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { sessionKey, sessionRow, sessionRowView } from "./session-views.ts";

/** Starts a session's conversation anew. */
export const sessionsReset = method({
  name: "sessions.reset",
  scope: "operator.admin",
  params: z.strictObject({
    key: sessionKey,
    agentId: z.string().min(1).optional(),
    reason: z.enum(["new", "reset"]).optional(),
  }),
  result: z.object({ ok: z.literal(true), key: z.string(), entry: sessionRow }),
  handle: async ({ running, caller }, { key }) => {
    const session = await running.sessions.reset(key, caller);
    if (!session) throw invalid("session.unknown", `no session \`${key}\``);
    return { ok: true as const, key: session.key, entry: sessionRowView(session) };
  },
});
