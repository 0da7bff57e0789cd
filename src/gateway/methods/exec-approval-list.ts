import * as z from "zod";
import { method } from "../method.ts";
import { approvalResult } from "./approval-view.ts";

/** Requests that wait for a decision. */
export const execApprovalList = method({
  name: "exec.approval.list",
  scope: "operator.approvals",
  params: z.strictObject({}),
  result: z.object({ approvals: z.array(approvalResult) }),
  handle: async ({ running }) => ({ approvals: await running.approvals.list() }),
});
