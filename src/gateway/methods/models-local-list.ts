import * as z from "zod";
import { method } from "../method.ts";

/** Model servers found on loopback; none is used before it is accepted. */
export const modelsLocalList = method({
  name: "models.local.list",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.object({
    servers: z.array(
      z.object({
        origin: z.string(),
        kind: z.enum(["ollama", "llama-server"]),
        models: z.array(z.string()),
        accepted: z.boolean(),
      }),
    ),
  }),
  handle: async ({ running }) => ({ servers: await running.models.localServers() }),
});
