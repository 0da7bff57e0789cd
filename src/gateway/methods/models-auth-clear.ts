import * as z from "zod";
import { method } from "../method.ts";

/** Forgets a provider's stored credential. */
export const modelsAuthClear = method({
  name: "models.auth.clear",
  scope: "operator.admin",
  params: z.strictObject({ provider: z.string().min(1).max(64) }),
  result: z.object({ outcome: z.enum(["cleared", "absent"]) }),
  handle: async ({ running, caller }, { provider }) => ({ outcome: await running.models.clear(provider, caller) }),
});
