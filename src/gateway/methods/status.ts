import * as z from "zod";
import { coreMethod } from "../method.ts";

const problem = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string(),
  path: z.string().optional(),
  line: z.int().optional(),
});

/** What runs, on what, and what is wrong with it. */
export const status = coreMethod({
  name: "status",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.object({
    version: z.string(),
    mode: z.enum(["normal", "recovery"]),
    startedAt: z.number(),
    stateDirectory: z.string(),
    configPath: z.string(),
    workspace: z.string(),
    model: z.object({ provider: z.string(), id: z.string(), offline: z.boolean() }),
    sandbox: z.object({ state: z.enum(["proven", "unproven", "off"]), detail: z.string() }),
    queue: z.object({ running: z.int(), waiting: z.int(), parked: z.int() }),
    policyEpoch: z.int(),
    problems: z.array(problem),
    dangerousFlags: z.array(z.string()),
    restartKeys: z.array(z.string()),
  }),
  handle: ({ core }) => core.host.status(),
});
