import * as z from "zod";
import { method } from "../method.ts";

/** Which providers have a credential, and where it comes from; never the credential. */
export const modelsAuthStatus = method({
  name: "models.auth.status",
  scope: "operator.read",
  params: z.strictObject({ refresh: z.boolean().optional(), agentId: z.string().optional() }),
  result: z.object({
    providers: z.array(
      z.object({
        provider: z.string(),
        state: z.enum(["ok", "missing", "failed"]),
        source: z.string().optional(),
        problem: z.string().optional(),
      }),
    ),
  }),
  handle: async ({ running }) => ({ providers: await running.models.authStatus() }),
});
