import * as z from "zod";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { approvalId } from "./approval-view.ts";

const decisions = z.enum(["allow-once", "deny"]);

/** Decides a request: once or not at all. Every other answer of the protocol is refused by name, never narrowed. */
export const execApprovalResolve = method({
  name: "exec.approval.resolve",
  scope: "operator.approvals",
  params: z.strictObject({
    id: approvalId,
    decision: z.string().min(1).max(64),
    reviewer: z.unknown().optional(),
    grantExpiresInDays: z.int().min(1).optional(),
  }),
  result: z.object({ ok: z.literal(true), id: z.string(), decision: decisions }),
  handle: async ({ running, authorized }, asked) => {
    const { id } = asked;
    const decision = decisionAsked(asked);
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

type Asked = {
  readonly decision: string;
  readonly reviewer?: unknown;
  readonly grantExpiresInDays?: number | undefined;
};

function decisionAsked({ decision, reviewer, grantExpiresInDays }: Asked): z.output<typeof decisions> {
  if (decision === "allow-always" || grantExpiresInDays !== undefined) {
    throw invalid(
      "approval.always_unavailable",
      "a card allows once: a shell command is approved for its exact bytes, never for good. Answer `allow-once`, or name the command in tools.exec.tasks of the config",
    );
  }
  if (reviewer !== undefined) {
    throw invalid(
      "approval.reviewer_unsupported",
      "a decision is that of the operator who calls; leave `reviewer` out, owners answer in their own chat",
    );
  }
  const known = decisions.safeParse(decision);
  if (known.success) return known.data;
  throw invalid("approval.unknown_decision", "the decision must be `allow-once` or `deny`");
}
