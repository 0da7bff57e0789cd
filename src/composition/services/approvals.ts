/** Approvals as the control plane sees them. */
import type { ApprovalService, ApprovalView, ClientApproval } from "../../gateway/approval-service.ts";
import type { Events } from "../../gateway/events.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Approval } from "../../tools/approval.ts";
import type { Approvals } from "../../tools/approvals.ts";
import { askerText } from "../../tools/card.ts";
import type { Foundation } from "../foundation.ts";
import { requestForClient } from "./client-approvals.ts";

export type ApprovalPorts = {
  readonly foundation: Pick<Foundation, "approvals" | "clock" | "config" | "guard" | "policy">;
  readonly events: Events;
  defaultAgent(): string;
  /** Shows the card in the owner's own chats. */
  showOwner(approval: Approval): Promise<void>;
  /** The run that waits goes on. */
  decided(approvalId: string): Promise<void>;
};

export type Approving = ApprovalService & {
  /** Tells pages about a new request. */
  announce(approval: Approval): void;
  /** Tells pages that it was decided elsewhere, and lets its run go on. */
  settled(id: string): void;
  /** Answers everyone who waits with what is known, before the stores close. */
  stop(): void;
};

export function createApprovalService(ports: ApprovalPorts): Approving {
  return new AskingOwner(ports);
}

class AskingOwner implements Approving {
  readonly #ports: ApprovalPorts;
  readonly #approvals: Approvals;
  readonly #clock: Clock;
  /** By request: who waits for its decision. */
  readonly #waiters = new Map<string, Set<() => void>>();
  #stopped = false;

  constructor(ports: ApprovalPorts) {
    this.#ports = ports;
    this.#approvals = ports.foundation.approvals;
    this.#clock = ports.foundation.clock;
  }

  async list() {
    return this.#approvals.list({ state: "waiting" }).map(approvalView);
  }

  async get(id: string) {
    return this.#view(id);
  }

  async request(asked: ClientApproval) {
    const { foundation, defaultAgent, showOwner } = this.#ports;
    const approval = await requestForClient(asked, { foundation, agent: asked.agent ?? defaultAgent() });
    this.announce(approval);
    if (asked.tell === "owner-chats" && approval.announced) await showOwner(approval);
    return approvalView(approval);
  }

  async settle({ id, allow, authorized }: Parameters<ApprovalService["settle"]>[0]) {
    const decided = await this.#approvals.answer({ id, answer: allow === "once" ? "approve" : "deny" }, authorized);
    if (decided.outcome === "refused") return decided.code === "approval.unknown" ? "absent" : "settled";
    this.settled(id);
    return "done";
  }

  wait(id: string, timeoutMs: number): Promise<ApprovalView | undefined> {
    const approval = this.#approvals.get(id);
    // While the Gateway stops nobody is made to wait: the answer is what is known.
    if (this.#stopped || approval?.state !== "waiting") return Promise.resolve(approval && approvalView(approval));
    const waitMs = Math.min(timeoutMs, approval.expiresAt - this.#clock.now());
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        waiters.delete(done);
        if (waiters.size === 0) this.#waiters.delete(id);
        resolve(this.#view(id));
      };
      const timer = this.#clock.after(waitMs, done);
      const waiters = this.#waiters.get(id) ?? new Set();
      this.#waiters.set(id, waiters.add(done));
    });
  }

  announce(approval: Approval): void {
    const { expiresAt: expiresAtMs } = approval;
    this.#ports.events.publish("exec.approval.requested", { ...eventOf(approval, this.#clock), expiresAtMs });
  }

  settled(id: string): void {
    const approval = this.#approvals.get(id);
    if (!approval) return;
    this.#ports.events.publish("exec.approval.resolved", {
      ...eventOf(approval, this.#clock),
      decision: approval.state,
    });
    for (const done of this.#waiters.get(id) ?? []) done();
    void this.#ports.decided(id);
  }

  stop(): void {
    this.#stopped = true;
    for (const done of [...this.#waiters.values()].flatMap((waiters) => [...waiters])) done();
  }

  #view(id: string): ApprovalView | undefined {
    const approval = this.#approvals.get(id);
    return approval && approvalView(approval);
  }
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
