import * as z from "zod";
import { method } from "../method.ts";

/** Takes back a standing grant. There is none (`exec.approval.grants.list`), so none is found. */
export const execApprovalGrantsRevoke = method({
  name: "exec.approval.grants.revoke",
  scope: "operator.approvals",
  params: z.strictObject({ grantId: z.string().min(1).max(256) }),
  result: z.object({ outcome: z.literal("not-found") }),
  handle: () => ({ outcome: "not-found" as const }),
});
