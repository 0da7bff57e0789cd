import * as z from "zod";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { approvalDecision, approvalId, approvalResult, decisionOf } from "./approval-view.ts";

const waitDefaultMs = 120_000;
const waitMaxMs = 60 * 60_000;

/** Waits until a request is decided; still `pending`, without a decision, when the time is over. */
export const execApprovalWaitDecision = method({
  name: "exec.approval.waitDecision",
  scope: "operator.approvals",
  params: z.strictObject({ id: approvalId, timeoutMs: z.int().min(0).default(waitDefaultMs) }),
  result: approvalResult.extend({ decision: approvalDecision }),
  handle: async ({ running }, { id, timeoutMs }) => {
    const approval = await running.approvals.wait(id, Math.min(timeoutMs, waitMaxMs));
    if (!approval) throw invalid("approval.unknown", `no approval request \`${id}\``);
    return { ...approval, decision: decisionOf(approval) };
  },
});
