import * as z from "zod";
import { method } from "../method.ts";

/** Tests a provider's credential with a live call, then stores it in the agent's private profile file. */
export const modelsAuthConfigure = method({
  name: "models.auth.configure",
  scope: "operator.admin",
  limit: { calls: 20, windowMs: 60_000 },
  params: z.strictObject({
    provider: z.string().min(1).max(64),
    apiKey: z.string().min(1).max(4_096).optional(),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .optional(),
    model: z.string().min(1).max(256).optional(),
  }),
  result: z.object({ provider: z.string(), model: z.string(), latencyMs: z.number() }),
  handle: ({ running, caller }, { provider, apiKey, baseUrl, model }) =>
    running.models.configure({ provider, apiKey, baseUrl, model, by: caller }),
});
