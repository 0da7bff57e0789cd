import * as z from "zod";
import { healthFrame } from "../health-feed.ts";
import { coreMethod } from "../method.ts";

const result = z.object({
  ok: z.literal(true).optional(),
  ts: z.int(),
  defaultAgentId: z.string(),
  channels: z.record(z.string(), z.unknown()),
});

/** Liveness and channels at a glance. Called very often: no I/O, nothing recorded. */
export const health = coreMethod({
  name: "health",
  scope: "operator.read",
  params: z.strictObject({ probe: z.boolean().optional(), includeSensitive: z.boolean().optional() }),
  result,
  handle: ({ core, control }) => healthFrame(core, control.clock.now()),
});
