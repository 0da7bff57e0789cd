/** Cells of the reach map, as several methods return them. */
import * as z from "zod";

export const effectResult = z.enum(["allow", "ask", "challenge", "deny"]);

export const reachResult = z.object({
  who: z.string(),
  what: z.string(),
  effect: effectResult,
  sentence: z.string(),
});
