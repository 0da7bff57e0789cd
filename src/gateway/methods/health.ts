import * as z from "zod";
import { coreMethod } from "../method.ts";
import type { CoreServices } from "../services.ts";

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

/** As in the greeting's snapshot and the `health` event. `ok` is there only when it is true. */
export function healthFrame(core: CoreServices, ts: number) {
  const view = core.host.health();
  const channels: Record<string, unknown> = {};
  for (const status of view.channels) channels[`${status.channel}:${status.account}`] = status;
  return { ...(view.ready ? { ok: true as const } : {}), ts, defaultAgentId: view.defaultAgentId, channels };
}
