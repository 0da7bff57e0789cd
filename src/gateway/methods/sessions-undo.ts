import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

/** Takes back what the last turn changed in the workspace; files changed since are skipped and named. Once per key. */
export const sessionsUndo = method({
  name: "sessions.undo",
  scope: "operator.write",
  params: z.strictObject({ sessionKey, idempotencyKey: z.string().min(1).max(256) }),
  result: z.object({ restored: z.array(z.string()), skipped: z.array(z.string()) }),
  handle: ({ running, caller }, { sessionKey: key, idempotencyKey }) =>
    running.sessions.undo({ key, idempotencyKey, by: caller }),
});
