/** Approvals as the control plane sees them. */
import type { Events } from "../../gateway/events.ts";
import type { ApprovalService, ApprovalView } from "../../gateway/services.ts";

import type { Clock } from "../../platform/clock.ts";
import type { Approval, Approvals } from "../../tools/approvals.ts";
import { askerText } from "../../tools/card.ts";

export type ApprovalPorts = {
  readonly clock: Clock;
  readonly events: Events;
  readonly approvals: Approvals;
  /** The run that waits goes on. */
  decided(approvalId: string): Promise<void>;
};

const pollMs = 250;

export type Approving = ApprovalService & {
  /** Tells pages about a new request. */
  announce(approval: Approval): void;
  /** Tells pages that it was decided elsewhere, and lets its run go on. */
  settled(id: string): void;
};

export function createApprovalService(ports: ApprovalPorts): Approving {
  const { approvals, clock } = ports;
  const view = (id: string) => {
    const approval = approvals.get(id);
    return approval && approvalView(approval);
  };
  const settled = (id: string) => {
    const approval = approvals.get(id);
    if (!approval) return;
    ports.events.publish("exec.approval.resolved", { ...eventOf(approval, clock), decision: approval.state });
    void ports.decided(id);
  };
  return {
    list: async () => approvals.list({ state: "waiting" }).map(approvalView),
    get: async (id) => view(id),
    async settle({ id, allow, authorized }) {
      const decided = await approvals.answer(id, allow === "once" ? "approve" : "deny", authorized);
      if (decided.outcome === "refused") return decided.code === "approval.unknown" ? "absent" : "settled";
      settled(id);
      return "done";
    },
    wait: async (id, timeoutMs) => {
      const until = clock.now() + timeoutMs;
      while (approvals.get(id)?.state === "waiting" && clock.now() < until) {
        await new Promise<void>((resolve) => clock.after(pollMs, resolve));
      }
      return view(id);
    },
    announce: (approval) =>
      ports.events.publish("exec.approval.requested", {
        ...eventOf(approval, clock),
        expiresAtMs: approval.expiresAt,
      }),
    settled,
  };
}

export function approvalView(approval: Approval): ApprovalView {
  const { id, card, origin, call, words, callHash, why, requestedAt, expiresAt } = approval;
  return {
    id,
    state: approval.state === "waiting" ? "pending" : approval.state === "granted" ? "approved" : approval.state,
    createdAt: requestedAt,
    expiresAt,
    agent: origin.agent,
    sessionKey: origin.session,
    runId: origin.run,
    tool: call.tool,
    asker: askerText(origin.principal),
    words,
    hash: callHash,
    title: card.title,
    exactly: card.exactly,
    where: card.where,
    why,
    sources: call.label.sources.map((handle) => ({ handle, kind: "source" })),
    ...(card.diffs === undefined ? {} : { diffs: card.diffs }),
  };
}

function eventOf({ id, origin, words }: Approval, clock: Clock) {
  return { id, sessionKey: origin.session, runId: origin.run, words, ts: clock.now() };
}
