import * as z from "zod";
import { method } from "../method.ts";

/** Consents to exactly the pending policy that was shown; another one in the meantime is refused. */
export const policyAccept = method({
  name: "policy.accept",
  scope: "operator.admin",
  params: z.strictObject({ hash: z.string().min(1).max(128) }),
  result: z.object({
    ok: z.literal(true),
    epoch: z.int(),
    /** Keys whose value in force is used only after the next start. */
    restartKeys: z.array(z.string()),
  }),
  handle: async ({ core, running, caller }, { hash }) => {
    await running.policy.accept(hash, caller);
    return { ok: true as const, epoch: running.policy.epoch(), restartKeys: core.host.status().restartKeys };
  },
});
