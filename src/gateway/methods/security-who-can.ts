import * as z from "zod";
import { coreMethod } from "../method.ts";
import { reachResult } from "./reach-view.ts";

/** Everybody who can reach a tool, and how. */
export const securityWhoCan = coreMethod({
  name: "security.whoCan",
  scope: "operator.read",
  params: z.strictObject({ tool: z.string().min(1).max(128) }),
  result: z.object({ reach: z.array(reachResult) }),
  handle: async ({ core }, { tool }) => ({ reach: await core.security.whoCan(tool) }),
});
