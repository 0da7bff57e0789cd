/** A client asks the owner about a command that it will run itself: nothing but a card is made. */
import { webchatName } from "../../channels/webchat/webchat.ts";
import type { ClientApproval } from "../../gateway/approval-service.ts";
import { ServiceError } from "../../gateway/services.ts";
import { requireSeal } from "../../guard/authorized.ts";
import { explain } from "../../policy/explain.ts";
import type { Label } from "../../policy/label.ts";
import { type Request, surfaceOf } from "../../policy/request.ts";
import type { Approval } from "../../tools/approval.ts";
import { approvalNonce, type NewApproval } from "../../tools/approvals.ts";
import { clientCanonical, clientCard } from "../../tools/client-command.ts";
import { agentExecConfig } from "../../tools/exec/command-plan.ts";
import { ToolError } from "../../tools/tool.ts";
import type { Foundation } from "../foundation.ts";

export type ClientApprovalPorts = {
  readonly foundation: Pick<Foundation, "approvals" | "config" | "guard" | "policy">;
  readonly agent: string;
};

const why = "a client asks before it runs this itself; whatever you answer, the Gateway runs nothing";
/** Of what a client's command was made nobody here knows. */
const label: Label = { integrity: "untrusted", readers: ["owner"], secret: false, sources: ["client"] };

/** Throws ServiceError; nothing is stored then. */
export async function requestForClient(asked: ClientApproval, ports: ClientApprovalPorts): Promise<Approval> {
  requireSeal(asked.authorized, "method.call", "exec.approval.request");
  assertPolicy(asked, ports);
  const outcome = await ports.foundation.approvals.request(newApproval(asked, ports)).catch(notCanonical);
  if ("refused" in outcome) throw refusals[outcome.refused];
  return outcome.approval;
}

/** What the policy refuses everywhere is not asked about: an approval lifts no rule. */
function assertPolicy({ authorized }: ClientApproval, { foundation, agent }: ClientApprovalPorts): void {
  const { security, ask } = agentExecConfig(foundation.config(), agent);
  const { principal, path } = authorized.request;
  const request: Request = {
    principal,
    path,
    action: {
      ...{ kind: "tool.call", tool: "exec", agent, surface: surfaceOf(path) },
      sink: { kind: "code", where: "host", security, ask, allowlisted: false },
    },
    context: { label, audience: ["owner"], sandbox: "off", grant: "none" },
  };
  const { decision, sentence, instead } = explain(foundation.policy.current, request);
  if (decision.effect !== "deny") return;
  throw new ServiceError("approval.denied_by_policy", `${sentence} No approval lifts this. ${instead}`, {
    details: { reason: decision.reason, because: decision.because },
  });
}

function newApproval(asked: ClientApproval, { foundation, agent }: ClientApprovalPorts): NewApproval {
  const { command, authorized, id = crypto.randomUUID(), waitMs } = asked;
  const { principal, path } = authorized.request;
  const session = asked.sessionKey ?? `agent:${agent}:main`;
  return {
    ...{ kind: "client", id, waitMs, why, asked: false },
    call: {
      ...{ tool: "exec", toolAction: "", call: clientCanonical(command), agent, session, principal, label },
      ...{ policyEpoch: foundation.guard.epoch, nonce: approvalNonce() },
    },
    toolCall: { id: `client-${id}`, name: "exec", argumentsText: JSON.stringify({ command: command.command }) },
    card: clientCard(command),
    origin: {
      ...{ run: `client:${id}`, agent, session, principal, path, audience: ["owner"] },
      replyTarget: { channel: webchatName, account: "default", chat: session, kind: "direct" },
    },
  };
}

function notCanonical(error: unknown): never {
  if (error instanceof ToolError) throw new ServiceError("approval.not_canonical", error.message);
  throw error;
}

const refusals = {
  "duplicate-id": new ServiceError("approval.duplicate_id", "there is a request with this id already; leave `id` out"),
  "too-many-waiting": new ServiceError(
    "approval.too_many_waiting",
    "too many requests of clients wait for the owner already; ask again when some were decided",
  ),
} as const;
