import * as z from "zod";
import { method } from "../method.ts";

/** The configured agents. */
export const agentsList = method({
  name: "agents.list",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.object({
    defaultId: z.string(),
    mainKey: z.string(),
    scope: z.literal("per-sender"),
    agents: z.array(
      z.object({
        id: z.string(),
        name: z.string().optional(),
        workspace: z.string(),
        model: z.object({ primary: z.string() }).optional(),
      }),
    ),
  }),
  handle: ({ running }) => {
    const { defaultId, agents } = running.agents.list();
    return {
      defaultId,
      mainKey: "main",
      scope: "per-sender" as const,
      agents: agents.map(({ model, ...agent }) => ({
        ...agent,
        ...(model === undefined ? {} : { model: { primary: model } }),
      })),
    };
  },
});
