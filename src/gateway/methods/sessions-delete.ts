import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

/** Deletes a session and its messages. */
export const sessionsDelete = method({
  name: "sessions.delete",
  scope: "operator.admin",
  params: z.strictObject({
    key: sessionKey,
    agentId: z.string().min(1).optional(),
    deleteTranscript: z.boolean().optional(),
    expectedSessionId: z.string().min(1).optional(),
    expectedLifecycleRevision: z.string().min(1).optional(),
    expectedSessionUpdatedAt: z.number().min(0).optional(),
    emitLifecycleHooks: z.boolean().optional(),
    archivedOnly: z.boolean().optional(),
  }),
  result: z.strictObject({
    ok: z.literal(true),
    key: z.string(),
    deleted: z.boolean(),
    archived: z.array(z.string()),
  }),
  handle: async ({ running, caller }, { key }) => {
    const outcome = await running.sessions.delete(key, caller);
    return { ok: true as const, key, deleted: outcome === "deleted", archived: [] };
  },
});
