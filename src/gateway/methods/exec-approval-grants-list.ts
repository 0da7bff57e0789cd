import * as z from "zod";
import { method } from "../method.ts";

const grantsMax = 500;

/**
 * Standing grants of the published protocol. No card gives one: a shell command is approved once, for its exact bytes,
 * and what may run again is named in `tools.exec.tasks` of the config. So there is none to list.
 */
export const execApprovalGrantsList = method({
  name: "exec.approval.grants.list",
  scope: "operator.approvals",
  params: z.strictObject({ limit: z.int().min(1).max(grantsMax).optional() }),
  result: z.object({ grants: z.array(z.never()) }),
  handle: () => ({ grants: [] }),
});
