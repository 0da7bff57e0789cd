import * as z from "zod";
import { method } from "../method.ts";
import { effectResult } from "./reach-view.ts";

const listDefault = 100;
const listMax = 1_000;

/** Recorded decisions, newest first. */
export const ledgerList = method({
  name: "ledger.list",
  scope: "operator.read",
  params: z.strictObject({
    limit: z.int().min(1).max(listMax).default(listDefault),
    before: z.int().min(1).optional(),
  }),
  result: z.object({
    entries: z.array(
      z.object({
        seq: z.int(),
        at: z.number(),
        who: z.string(),
        what: z.string(),
        effect: effectResult,
        reason: z.string(),
        session: z.string().optional(),
        summary: z.string().optional(),
      }),
    ),
  }),
  handle: async ({ running }, { limit, before }) => ({ entries: await running.ledger.list({ limit, before }) }),
});
