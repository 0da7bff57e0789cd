import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

/** Adopts what the last turn changed: those files count as the owner's from now on. Once per key. */
export const sessionsKeep = method({
  name: "sessions.keep",
  scope: "operator.write",
  params: z.strictObject({ sessionKey, idempotencyKey: z.string().min(1).max(256) }),
  result: z.object({ kept: z.array(z.string()) }),
  handle: ({ running, caller }, { sessionKey: key, idempotencyKey }) =>
    running.sessions.keep({ key, idempotencyKey, by: caller }),
});
