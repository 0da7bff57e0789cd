import * as z from "zod";
import { coreMethod } from "../method.ts";

const linesDefault = 500;
const bytesDefault = 250_000;

/** The end of today's log, or what came after `cursor`; lines are redacted. */
export const logsTail = coreMethod({
  name: "logs.tail",
  scope: "operator.read",
  params: z.strictObject({
    cursor: z.int().min(0).optional(),
    limit: z.int().min(1).max(5_000).default(linesDefault),
    maxBytes: z.int().min(1).max(1_000_000).default(bytesDefault),
  }),
  result: z.strictObject({
    file: z.string(),
    cursor: z.int(),
    size: z.int(),
    lines: z.array(z.string()),
    truncated: z.boolean(),
    reset: z.boolean(),
  }),
  handle: ({ core }, { cursor, limit, maxBytes }) => core.logs.tail({ cursor, limit, maxBytes }),
});
