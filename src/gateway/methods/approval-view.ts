/** An approval request as the approval methods and events show it. */
import * as z from "zod";
import type { ApprovalView } from "../approval-service.ts";

export const approvalResult = z.object({
  id: z.string(),
  state: z.enum(["pending", "approved", "denied", "expired", "withdrawn", "spent"]),
  createdAt: z.number(),
  expiresAt: z.number(),
  agent: z.string(),
  sessionKey: z.string(),
  runId: z.string(),
  tool: z.string(),
  asker: z.string(),
  words: z.string(),
  hash: z.string(),
  title: z.string(),
  exactly: z.array(z.object({ label: z.string(), text: z.string(), mono: z.boolean() })),
  where: z.string(),
  why: z.string(),
  sources: z.array(z.object({ handle: z.string(), kind: z.string(), host: z.string().optional() })),
  diffs: z.array(z.object({ path: z.string(), diff: z.string() })).optional(),
});

export const approvalId = z.string().min(1).max(128);

/** What a client may act on: only a yes that still holds is one; time-out and withdrawal are a no. Null while it waits. */
export const approvalDecision = z.enum(["allow-once", "deny"]).nullable();

export function decisionOf({ state }: Pick<ApprovalView, "state">): z.output<typeof approvalDecision> {
  if (state === "pending") return null;
  return state === "approved" || state === "spent" ? "allow-once" : "deny";
}
