import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

/** What is in a session's window: its label, and the sources that made it so. */
export const sessionsContext = method({
  name: "sessions.context",
  scope: "operator.read",
  params: z.strictObject({ sessionKey }),
  result: z.object({
    label: z.object({
      integrity: z.enum(["owner", "known", "untrusted"]),
      readers: z.union([z.literal("public"), z.array(z.string())]),
      secret: z.boolean(),
      sources: z.array(z.string()),
    }),
    sources: z.array(z.object({ handle: z.string(), kind: z.string(), host: z.string().optional(), at: z.number() })),
  }),
  handle: ({ running }, asked) => running.sessions.context(asked.sessionKey),
});
