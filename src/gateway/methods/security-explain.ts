import * as z from "zod";
import { coreMethod } from "../method.ts";
import { effectResult } from "./reach-view.ts";

const name = z.string().min(1).max(256);

/** What would be decided for somebody, why, and which config lines say so: the answer of the engine itself. */
export const securityExplain = coreMethod({
  name: "security.explain",
  scope: "operator.read",
  params: z.strictObject({ from: name, tool: name.optional(), group: name.optional() }),
  result: z.object({
    sentence: z.string(),
    decision: z.object({
      effect: effectResult,
      reason: z.string(),
      because: z.array(z.object({ id: z.string(), origin: z.string() })),
      cleanReaskHelps: z.boolean(),
    }),
    lines: z.array(z.object({ file: z.string(), line: z.int(), text: z.string() })),
    fix: z.string().optional(),
  }),
  handle: ({ core }, { from, tool, group }) => core.security.explain({ from, tool, group }),
});
