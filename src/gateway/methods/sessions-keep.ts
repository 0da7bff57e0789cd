import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

/** Adopts what the last turn changed: those files count as the owner's from now on. */
export const sessionsKeep = method({
  name: "sessions.keep",
  scope: "operator.write",
  params: z.strictObject({ sessionKey }),
  result: z.object({ kept: z.array(z.string()) }),
  handle: ({ running, caller }, asked) => running.sessions.keep(asked.sessionKey, caller),
});
