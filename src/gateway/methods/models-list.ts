import * as z from "zod";
import { method } from "../method.ts";

/** Models that can be chosen, with the reason where one is not available. */
export const modelsList = method({
  name: "models.list",
  scope: "operator.read",
  params: z.strictObject({
    agentId: z.string().min(1).optional(),
    includeProviderCapabilities: z.boolean().optional(),
    preparedOnly: z.boolean().optional(),
    refresh: z.boolean().optional(),
    view: z.enum(["default", "configured", "provider-config", "all"]).optional(),
  }),
  result: z.object({
    models: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        provider: z.string(),
        available: z.boolean(),
        unavailableReason: z.enum(["missing-auth", "auth-failed", "cooldown"]).optional(),
        contextWindow: z.int().optional(),
      }),
    ),
  }),
  handle: async ({ running }) => ({ models: await running.models.list() }),
});
