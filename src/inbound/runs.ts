/** The life of a run after admission: queue → turn → answer, or parked until the owner decides, or taken up again. */
import type { TurnInput, TurnOutcome } from "../agent/turn-contract.ts";
import { cleanLabel } from "../policy/label.ts";
import { reach } from "../sessions/kill-points.ts";
import type { AbortCause } from "../sessions/session-queue.ts";
import { QueueError } from "../sessions/session-queue.ts";
import type { Approval } from "../tools/approvals.ts";
import type { Admission } from "./admission.ts";
import type { Deliverer, Outgoing } from "./deliver.ts";
import type { InboundPorts, RunFacts } from "./ports.ts";

export type RunStart = TurnInput["start"];

export type Runs = {
  /** Enqueues; the row is finished when the run ends. Never rejects. */
  begin(row: number, admission: Admission, start: RunStart): Promise<void>;
  /** Shows the owner every card that a parked run waits for; one that was shown before is not shown again. */
  announce(admission: Admission): Promise<void>;
  /** A text of the Gateway itself to where the message came from. */
  notify(admission: Admission, text: string, key: string): Promise<void>;
};

export type CardSender = { announce(approval: Approval, admission: Admission): Promise<void> };

export function createRuns(ports: InboundPorts, deliverer: Deliverer, cards: CardSender): Runs {
  const run = new RunLife(ports, deliverer, cards);
  return {
    begin: (row, admission, start) => run.begin(row, admission, start),
    announce: (admission) => run.announce(admission),
    notify: (to, text, key) => run.notify(to, text, key),
  };
}

class RunLife {
  readonly #ports: InboundPorts;
  readonly #deliverer: Deliverer;
  readonly #cards: CardSender;

  constructor(ports: InboundPorts, deliverer: Deliverer, cards: CardSender) {
    this.#ports = ports;
    this.#deliverer = deliverer;
    this.#cards = cards;
  }

  async begin(row: number, admission: Admission, start: RunStart): Promise<void> {
    const { session, run, agent } = admission;
    const facts: RunFacts = { run, session, agent, startedAt: this.#ports.clock.now() };
    try {
      await this.#ports.queue.enqueue({
        session,
        run,
        work: (signal) => this.#turn(row, { admission, start, facts }, signal),
      });
    } catch (error) {
      await this.#refused(row, admission, error);
    }
  }

  async #turn(
    row: number,
    begun: { admission: Admission; start: RunStart; facts: RunFacts },
    signal: AbortSignal,
  ): Promise<void> {
    const { admission, start, facts } = begun;
    await this.#ports.inbox.move(row, "running", this.#ports.clock.now());
    reach("run.started");
    this.#ports.observer.started(facts);
    this.#showTyping(admission);
    const { replyTarget, principal, path, audience } = admission;
    const input: TurnInput = {
      run: facts.run,
      agent: facts.agent,
      session: facts.session,
      principal,
      path,
      audience,
      replyTarget,
      start,
    };
    const outcome = await this.#ports.turns.run(input, (event) => this.#ports.observer.event(facts, event), signal);
    await this.#settle(row, { admission, outcome }, signal);
    this.#ports.observer.ended(facts, outcome);
  }

  async #settle(
    row: number,
    ended: { admission: Admission; outcome: TurnOutcome },
    signal: AbortSignal,
  ): Promise<void> {
    const { admission, outcome } = ended;
    switch (outcome.kind) {
      case "answered":
        await this.#answer(admission, outcome);
        // Changes that its commands were kept from making: nothing waits for them, the owner decides them all the same.
        await this.announce(admission);
        return this.#finish(row);
      case "parked":
        return this.#park(row, admission, outcome);
      case "aborted":
        // Cut by the shutdown, not by a person: the next start goes on with it.
        if ((signal.reason as AbortCause) === "shutdown") return;
        return this.#finish(row, "turn.stopped");
      case "failed":
        await this.notify(admission, `${outcome.message}\n\n(${outcome.code})`, `${admission.run}:failed`);
        return this.#finish(row, outcome.code);
    }
  }

  async #answer(admission: Admission, outcome: Extract<TurnOutcome, { kind: "answered" }>): Promise<void> {
    if (isSilent(outcome.text)) return;
    const idempotencyKey = `${admission.run}:answer`;
    const sent = await this.#deliverer.send({
      ...outgoing(admission),
      text: outcome.text,
      label: outcome.label,
      idempotencyKey,
    });
    if (sent.queued) return;
    const text = `There is an answer, but it may not be shown here (${sent.reason}). The owner can read it in the Control UI.`;
    await this.notify(admission, text, `${admission.run}:withheld`);
  }

  async #park(row: number, admission: Admission, outcome: Extract<TurnOutcome, { kind: "parked" }>): Promise<void> {
    await this.#ports.inbox.move(row, "parked", this.#ports.clock.now());
    reach("run.parked");
    const approval = this.#ports.approvals.get(outcome.approvalId);
    // Decided between parking and here: the decision found no parked row, so it goes on now.
    if (approval && approval.state !== "waiting") {
      void this.begin(row, admission, { kind: "approval", approvalId: approval.id });
      return;
    }
    await this.announce(admission);
  }

  async announce(admission: Admission): Promise<void> {
    const waiting = this.#ports.approvals.list({ state: "waiting", session: admission.session });
    for (const card of waiting.filter(({ origin }) => origin.run === admission.run)) {
      await this.#cards.announce(card, admission);
    }
  }

  async notify(admission: Admission, text: string, key: string): Promise<void> {
    const sent = await this.#deliverer.send({ ...outgoing(admission), text, label: cleanLabel, idempotencyKey: key });
    if (!sent.queued) this.#ports.log("warn", "a notice was not sent", { reason: sent.reason, run: admission.run });
  }

  async #refused(row: number, admission: Admission, error: unknown): Promise<void> {
    // Shutting down: the row stays open and the next start takes it up.
    if (error instanceof QueueError && error.code === "queue.closed") return;
    const code = error instanceof QueueError ? error.code : "turn.crashed";
    const text =
      error instanceof QueueError ? error.message : "Something went wrong inside the Gateway; the log has the details.";
    if (!(error instanceof QueueError))
      this.#ports.log("error", "a turn crashed", { error: String(error), run: admission.run });
    await this.notify(admission, `${text}\n\n(${code})`, `${admission.run}:refused`);
    await this.#finish(row, code);
  }

  async #finish(row: number, reason?: string): Promise<void> {
    const at = this.#ports.clock.now();
    await this.#ports.inbox.finish(row, { state: "done", ...(reason === undefined ? {} : { reason }), at });
    reach("inbox.done");
  }

  #showTyping({ replyTarget }: Admission): void {
    this.#ports.channel(replyTarget.channel, replyTarget.account)?.showTyping?.(replyTarget);
  }
}

/** The agent chose to say nothing. */
function isSilent(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === "" || trimmed === "NO_REPLY";
}

function outgoing(admission: Admission): Omit<Outgoing, "text" | "label" | "idempotencyKey"> {
  const { principal, path, audience, agent, session, run, replyTarget } = admission;
  return { to: { principal, path, audience }, agent, session, run, target: replyTarget };
}
