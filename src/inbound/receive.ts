/**
 * The message path. Envelope → inbox journal (durable before the acknowledgement, once per message) → principal →
 * guard(message.deliver): allowed → agent and session → queue → turn; challenged → pairing code; else a recorded drop.
 */
import type { Envelope, ReplyTarget } from "../channels/contract.ts";
import { webchatName } from "../channels/webchat/webchat.ts";
import { type Authorized, requireSeal } from "../guard/authorized.ts";
import type { Principal } from "../policy/request.ts";
import { createHandle } from "../sessions/handle.ts";
import type { InboxRow } from "../sessions/inbox.ts";
import type { NewItem } from "../sessions/item.ts";
import { reach } from "../sessions/kill-points.ts";
import { runIdOf } from "../sessions/run-id.ts";
import type { WhichRuns } from "../sessions/session-queue.ts";
import { SessionStoreError } from "../sessions/session-store.ts";
import type { Approval } from "../tools/approval.ts";
import { type Admission, arrivalOf, deliverRequest, partLabel, routeOf } from "./admission.ts";
import { createApprovalCards } from "./approval-cards.ts";
import { doneBefore, runCommand } from "./commands.ts";
import type { Deliverer } from "./deliver.ts";
import type { InboundPorts } from "./ports.ts";
import { settleProposal } from "./proposals.ts";
import { createRuns, type RunStart, stoppedReason, stopRuns } from "./runs.ts";
import { fixFor } from "./why-fix.ts";

export type Submission = {
  /** `data` is the run, so that a caller who asks again gets the same one. */
  readonly envelope: Envelope;
  /** Authenticated operator; never taken from a channel. */
  readonly principal: Extract<Principal, { kind: "operator" }>;
};

type PairingRequested = { readonly requestId: string; readonly code: string };

/** A message that is in the inbox and not admitted yet. */
type Received = Pick<InboxRow, "row" | "envelope" | "principal" | "act" | "outcome" | "receivedAt">;

export type Inbound = {
  /** A channel's event. Resolves when it is durable; what becomes of it happens afterwards. */
  receive(envelope: Envelope): Promise<void>;
  /** An operator's message. Resolves when it is durable; the same message id is the same run. */
  submit(submission: Submission): Promise<{ readonly duplicate: boolean }>;
  /** The owner decided: the parked run goes on. */
  decided(approvalId: string): Promise<void>;
  /** Shows the owner a card that belongs to no conversation. */
  showOwner(approval: Approval): Promise<void>;
  /** A person stops one run, or those of a session. Resolves with them when no restart goes on with them. */
  stop(which: WhichRuns): Promise<readonly string[]>;
  /** Takes up what the last process left. Resolves when everything is back in its queue. */
  recover(): Promise<void>;
  /** Resolves when nothing is on its way any more. */
  settle(): Promise<void>;
};

export function createInbound(ports: InboundPorts, deliverer: Deliverer): Inbound {
  return new MessagePath(ports, deliverer);
}

class MessagePath implements Inbound {
  readonly #ports: InboundPorts;
  readonly #deliverer: Deliverer;
  readonly #cards;
  readonly #runs;
  readonly #working = new Set<Promise<void>>();

  constructor(ports: InboundPorts, deliverer: Deliverer) {
    this.#ports = ports;
    this.#deliverer = deliverer;
    this.#cards = createApprovalCards(ports, this.#deliverer);
    this.#runs = createRuns(ports, this.#deliverer, this.#cards);
  }

  async receive(envelope: Envelope): Promise<void> {
    await this.#take({ envelope });
  }

  submit(submission: Submission): Promise<{ duplicate: boolean }> {
    return this.#take(submission);
  }

  async decided(approvalId: string): Promise<void> {
    const approval = this.#ports.approvals.get(approvalId);
    if (!approval) return;
    if (approval.kind === "proposal") return this.#work(this.#settleProposal(approval));
    const row = this.#ports.inbox.byRun(approval.origin.run);
    if (row?.state === "parked") this.#work(this.#begin(row, { kind: "approval", approvalId }));
  }

  showOwner(approval: Approval): Promise<void> {
    return this.#cards.showOwner(approval);
  }

  stop(which: WhichRuns): Promise<readonly string[]> {
    return stopRuns(this.#ports, which);
  }

  async recover(): Promise<void> {
    await this.#deliverer.recover();
    for (const row of this.#ports.inbox.pending()) this.#takeUp(row);
    for (const proposal of this.#ports.approvals.untold()) this.#work(this.#settleProposal(proposal));
  }

  async settle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
    await this.#deliverer.settle();
  }

  #settleProposal(approval: Approval): Promise<void> {
    return settleProposal(approval, this.#ports, this.#deliverer);
  }

  async #take(message: Pick<InboxRow, "envelope" | "principal">): Promise<{ duplicate: boolean }> {
    const receivedAt = this.#ports.clock.now();
    const { row, duplicate } = await this.#ports.inbox.append({ ...message, at: receivedAt });
    reach("inbox.received");
    if (!duplicate) this.#work(this.#admit({ row, ...message, receivedAt }));
    return { duplicate };
  }

  #takeUp(row: InboxRow): void {
    const admission = row.admission as Admission | undefined;
    if (row.state === "received" || !admission) {
      this.#work(this.#admit(row));
      return;
    }
    if (row.state === "admitted") this.#work(this.#open(row, admission));
    else if (row.state === "running") this.#work(this.#begin(row, { kind: "restart" }));
    else this.#work(this.#takeUpParked(row, admission));
  }

  /** The owner may have decided just before the Gateway stopped, or may not have seen the card. */
  #takeUpParked(row: InboxRow, admission: Admission): Promise<void> {
    const { run, session } = admission;
    const own = this.#ports.approvals.list({ session }).filter(({ origin }) => origin.run === run);
    const decided = own.find(({ state }) => state !== "waiting" && state !== "spent");
    if (decided) return this.#begin(row, { kind: "approval", approvalId: decided.id });
    if (own.some(({ state }) => state === "waiting")) return this.#runs.announce(admission);
    return this.#begin(row, { kind: "restart" });
  }

  async #admit(row: Received): Promise<void> {
    const { holdsSecret } = this.#ports;
    const settings = { policy: this.#ports.policy(), config: this.#ports.config(), holdsSecret };
    const { envelope } = row;
    const arrival = arrivalOf({ row, ...settings });
    const verdict = await this.#ports.guard.check(deliverRequest(arrival), { summary: `${envelope.form} received` });
    const route = routeOf(envelope, arrival, settings);
    const admission: Admission = {
      ...arrival,
      run: runOf(row),
      ...route,
      replyTarget: replyTargetOf(envelope, route.session),
    };
    switch (verdict.effect) {
      case "allow":
        return this.#accept(row, admission, verdict.authorized);
      case "challenge":
        return this.#challenge(row, admission);
      case "ask":
      case "deny":
        return this.#drop(row, verdict.decision.reason);
    }
  }

  async #accept(row: Received, admission: Admission, authorized: Authorized): Promise<void> {
    requireSeal(authorized, "message.deliver");
    const { envelope } = row;
    const answered = doneBefore(row) ?? (await this.#cards.answer(row, admission, authorized));
    if (answered !== undefined) return this.#replyAndFinish(row, admission, answered);
    if (envelope.form === "edit" || envelope.form === "reaction" || envelope.form === "button") {
      return this.#drop(row, `message.${envelope.form}_ignored`);
    }
    const reply = await runCommand({ ports: this.#ports, row: row.row, envelope, admission });
    if (reply !== undefined) return this.#replyAndFinish(row, admission, reply);
    await this.#ports.inbox.admit(row.row, { run: admission.run, admission, at: this.#ports.clock.now() });
    reach("inbox.admitted");
    await this.#open(row, admission);
  }

  /** Stores the opening of the run, unless an earlier process already did, and begins it. */
  async #open(row: Pick<InboxRow, "row" | "envelope" | "reason">, admission: Admission): Promise<void> {
    try {
      const store = this.#ports.sessions(admission.agent);
      if (store.run(admission.run).length === 0) {
        await store.append(admission.session, openingOf(row.envelope, admission, this.#ports));
      }
    } catch (error) {
      tellNotOpened(error, admission, this.#ports);
      throw error;
    }
    reach("run.opened");
    await this.#begin({ ...row, admission }, { kind: "message" });
  }

  #begin(row: Pick<InboxRow, "row" | "admission" | "reason">, start: RunStart): Promise<void> {
    const admission = row.admission as Admission;
    const ended = this.#runs.begin(row.row, admission, start);
    // A person stopped it and the process ended before the run did: it only stores its end.
    if (row.reason === stoppedReason) this.#ports.queue.abort({ run: admission.run });
    return ended;
  }

  async #challenge(row: Pick<InboxRow, "row" | "envelope">, admission: Admission): Promise<void> {
    const { channel, account, sender } = row.envelope;
    const answer = await this.#ports.pairing.request({ channel, account, id: sender.id, name: sender.displayName });
    this.#ports.pairingChanged(channel, account);
    reach("pairing.requested");
    if (answer.kind !== "limited") await this.#tellCode(row.envelope, admission, answer);
    await this.#drop(row, answer.kind === "limited" ? "dm.pairing_limited" : "dm.pairing_required");
  }

  /** Once per request: by the message that made it, or by a later one when the Gateway stopped in between. */
  async #tellCode(envelope: Envelope, admission: Admission, { requestId, code }: PairingRequested): Promise<void> {
    const key = `pairing:${requestId}`;
    if (this.#ports.outbox.has(key)) return;
    await this.#runs.notify(admission, pairingText(envelope, code), key);
  }

  async #replyAndFinish(row: Pick<InboxRow, "row">, admission: Admission, text: string): Promise<void> {
    if (text !== "") await this.#runs.notify(admission, text, `${admission.run}:command`);
    await this.#ports.inbox.finish(row.row, { state: "done", at: this.#ports.clock.now() });
    reach("inbox.done");
  }

  async #drop(row: Pick<InboxRow, "row" | "envelope">, reason: string): Promise<void> {
    const at = this.#ports.clock.now();
    const { channel, account, messageId, sender } = row.envelope;
    const { text, fix } = fixFor(reason, row.envelope);
    await Promise.all([
      this.#ports.why.record({ at, channel, account, messageId, sender: sender.id, code: reason, text, fix }),
      this.#ports.inbox.finish(row.row, { state: "dropped", reason, at }),
    ]);
    reach("inbox.done");
  }

  #work(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        // The row is still open: nothing is lost, the next start takes it up.
        this.#ports.log("error", "a message could not be worked on", { error: String(error) });
      })
      .finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }
}

/** Of the row, not of this process: what is told about a message is told once, whichever process gets to it. */
function runOf({ row, envelope, principal, receivedAt }: Received): string {
  const { channel, account, messageId, data } = envelope;
  return (principal && data) ?? runIdOf("inbox", row, receivedAt, channel, account, messageId);
}

/** Pages see their session wherever the message came from; other channels answer where they were asked. */
function replyTargetOf({ replyTarget }: Envelope, session: string): ReplyTarget {
  return replyTarget.channel === webchatName ? { ...replyTarget, chat: session } : replyTarget;
}

function openingOf(envelope: Envelope, admission: Admission, { clock, holdsSecret }: InboundPorts): NewItem[] {
  const at = clock.now();
  const { run, label } = admission;
  const own: NewItem[] =
    envelope.text === ""
      ? []
      : [{ run, content: { kind: "user", text: envelope.text, speaker: envelope.sender.displayName }, label, at }];
  return [
    ...own,
    ...envelope.parts.map((part): NewItem => {
      const handle = createHandle({ kind: part.kind, text: part.text, at });
      const author = part.author === undefined ? {} : { author: part.author };
      const content = { kind: "part" as const, text: part.text, ...author };
      return {
        run,
        content,
        label: partLabel({ part: part.kind, holdsSecret: holdsSecret(part.text) }, admission),
        handle,
        at,
      };
    }),
  ];
}

/** Whoever watches the run is told; its message stays open, and the next start takes it up. */
function tellNotOpened(error: unknown, { run, session, agent }: Admission, { observer, clock }: InboundPorts): void {
  const { message, code, fix } =
    error instanceof SessionStoreError
      ? error
      : {
          message: `the message could not be stored: ${String(error)}`,
          code: "turn.store_failed",
          fix: "check the disk",
        };
  observer.ended(
    { run, session, agent, startedAt: clock.now() },
    {
      kind: "failed",
      code,
      message: `This cannot be answered now: ${message}. What to do: ${fix}. The message is kept; the next start of the Gateway takes it up.`,
    },
  );
}

function pairingText({ channel, sender }: Envelope, code: string): string {
  return [
    "Fased: access is not set up for you yet.",
    `Your id here: ${sender.id}`,
    `Pairing code: ${code}`,
    `The owner lets you in with: fased pairing approve ${channel} ${code}`,
  ].join("\n");
}
