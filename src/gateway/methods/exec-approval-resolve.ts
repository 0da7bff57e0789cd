import * as z from "zod";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { approvalId } from "./approval-view.ts";

/**
 * Decides a request: once or not at all. A standing grant is a rule in the config, which shows in the audit; it is not
 * given from a card.
 */
export const execApprovalResolve = method({
  name: "exec.approval.resolve",
  scope: "operator.approvals",
  params: z.strictObject({ id: approvalId, decision: z.enum(["allow-once", "deny"]) }),
  result: z.object({ ok: z.literal(true), id: z.string(), decision: z.enum(["allow-once", "deny"]) }),
  handle: async ({ running, authorized }, { id, decision }) => {
    const outcome = await running.approvals.settle({
      id,
      allow: decision === "allow-once" ? "once" : "never",
      authorized,
    });
    if (outcome === "absent") throw invalid("approval.unknown", `no approval request \`${id}\``);
    if (outcome === "settled")
      throw invalid("approval.settled", "this request was decided, has expired or was withdrawn");
    return { ok: true as const, id, decision };
  },
});
