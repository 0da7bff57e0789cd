import * as z from "zod";
import { method } from "../method.ts";
import { reachResult } from "./reach-view.ts";

/** The policy of the config file that waits for consent because it allows more; null when nothing waits. */
export const policyPending = method({
  name: "policy.pending",
  scope: "operator.read",
  params: z.strictObject({}),
  result: z.object({ hash: z.string(), widened: z.array(reachResult), narrowed: z.array(reachResult) }).nullable(),
  handle: ({ running }) => running.policy.pending() ?? null,
});
