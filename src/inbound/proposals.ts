/**
 * Changes that the owner granted and that no run waits for: each is made once and its outcome told once, whichever
 * process gets to it. What an earlier process began is not begun again; `applyProposal` knows what became of it.
 */
import { cleanLabel } from "../policy/label.ts";
import { reach } from "../sessions/kill-points.ts";
import type { Approval } from "../tools/approval.ts";
import type { Deliverer } from "./deliver.ts";
import type { InboundPorts } from "./ports.ts";

/** The owner decided: what was granted is made and told. */
export async function settleProposal(
  approval: Approval,
  ports: Pick<InboundPorts, "approvals" | "applyProposal" | "log">,
  deliverer: Deliverer,
): Promise<void> {
  if (!ports.approvals.untold().some(({ id }) => id === approval.id)) return;
  reach("proposal.granted");
  const text = await ports.applyProposal(approval);
  reach("proposal.applied");
  const { run, principal, path, audience, agent, session, replyTarget: target } = approval.origin;
  const to = { principal, path, audience };
  const idempotencyKey = `${run}:proposal:${approval.id}`;
  const own = { text, format: "plain", label: cleanLabel, idempotencyKey } as const;
  const sent = await deliverer.send({ to, agent, session, target, ...own });
  if (!sent.queued) ports.log("warn", "what became of a change may not be told", { reason: sent.reason, run });
  await ports.approvals.told(approval.id);
  reach("proposal.told");
}
