import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

/** Stops one run, or every run of the session. Text that was written stays. */
export const chatAbort = method({
  name: "chat.abort",
  scope: "operator.write",
  params: z.strictObject({
    sessionKey,
    agentId: z.string().min(1).optional(),
    runId: z.string().min(1).optional(),
    preserveSideRuns: z.boolean().optional(),
  }),
  result: z.object({ ok: z.literal(true), aborted: z.boolean(), runIds: z.array(z.string()) }),
  handle: async ({ running, caller }, { sessionKey: key, runId }) => {
    const target = { sessionKey: key, by: caller, ...(runId === undefined ? {} : { runId }) };
    const runIds = await running.chat.abort(target);
    return { ok: true as const, aborted: runIds.length > 0, runIds };
  },
});
