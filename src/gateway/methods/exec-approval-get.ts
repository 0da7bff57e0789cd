import * as z from "zod";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { approvalId, approvalResult } from "./approval-view.ts";

/** One request with its card. */
export const execApprovalGet = method({
  name: "exec.approval.get",
  scope: "operator.approvals",
  params: z.strictObject({ id: approvalId }),
  result: approvalResult,
  handle: async ({ running }, { id }) => {
    const approval = await running.approvals.get(id);
    if (!approval) throw invalid("approval.unknown", `no approval request \`${id}\``);
    return approval;
  },
});
