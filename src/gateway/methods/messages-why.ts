import * as z from "zod";
import { method } from "../method.ts";

const listDefault = 20;
const listMax = 500;

/** Messages that got no answer: dropped, gated or parked, with the reason and its one-line fix. Newest first. */
export const messagesWhy = method({
  name: "messages.why",
  scope: "operator.read",
  params: z.strictObject({ limit: z.int().min(1).max(listMax).default(listDefault) }),
  result: z.object({
    messages: z.array(
      z.object({
        at: z.number(),
        channel: z.string(),
        sender: z.string(),
        code: z.string(),
        text: z.string(),
        fix: z.string(),
      }),
    ),
  }),
  handle: async ({ running }, { limit }) => ({ messages: await running.why.list(limit) }),
});
