import * as z from "zod";
import { method } from "../method.ts";

/** The owner's consent to use a model server of this machine. */
export const modelsLocalAccept = method({
  name: "models.local.accept",
  scope: "operator.admin",
  params: z.strictObject({ origin: z.url({ protocol: /^https?$/ }).max(256), model: z.string().min(1).max(256) }),
  result: z.object({ ok: z.literal(true) }),
  handle: async ({ running, caller }, { origin, model }) => {
    await running.models.acceptLocal({ origin, model, by: caller });
    return { ok: true as const };
  },
});
