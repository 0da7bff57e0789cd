import * as z from "zod";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

const keysMax = 64;
const itemsDefault = 12;
const itemsMax = 50;
const charsDefault = 240;
const charsMax = 2_000;

/** The last words of some sessions. */
export const sessionsPreview = method({
  name: "sessions.preview",
  scope: "operator.read",
  params: z.strictObject({
    keys: z.array(sessionKey).max(keysMax),
    limit: z.int().min(1).default(itemsDefault),
    maxChars: z.int().min(20).default(charsDefault),
  }),
  result: z.object({
    ts: z.number(),
    previews: z.array(
      z.object({
        key: z.string(),
        status: z.enum(["ok", "empty", "missing"]),
        items: z.array(z.object({ role: z.enum(["user", "assistant", "tool", "system"]), text: z.string() })),
      }),
    ),
  }),
  handle: async ({ running, control }, { keys, limit, maxChars }) => ({
    ts: control.clock.now(),
    previews: await running.sessions.preview({
      keys,
      limit: Math.min(limit, itemsMax),
      maxChars: Math.min(maxChars, charsMax),
    }),
  }),
});
