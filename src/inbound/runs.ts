/** The life of a run after admission: queue → turn → answer, or parked until the owner decides, or taken up again. */
import type { TurnInput, TurnOutcome } from "../agent/turn-contract.ts";
import type { Commit } from "../guard/ledger.ts";
import { cleanLabel } from "../policy/label.ts";
import { reach } from "../sessions/kill-points.ts";
import type { AbortCause, WhichRuns } from "../sessions/session-queue.ts";
import { QueueError } from "../sessions/session-queue.ts";
import type { Approval } from "../tools/approval.ts";
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

/** Of a message whose run a person stopped. */
export const stoppedReason = "turn.stopped";

/** A person stops runs: at once, and for good, so that no restart goes on with them. Returns them. */
export async function stopRuns(
  { queue, inbox }: Pick<InboundPorts, "queue" | "inbox">,
  which: WhichRuns,
): Promise<readonly string[]> {
  const runs = queue.abort(which);
  await inbox.stop(runs, stoppedReason);
  return runs;
}

class RunLife {
  readonly #ports: InboundPorts;
  readonly #deliverer: Deliverer;
  readonly #cards: CardSender;
  /** Runs that wait for their turn or are at it: none is begun twice. */
  readonly #active = new Set<string>();

  constructor(ports: InboundPorts, deliverer: Deliverer, cards: CardSender) {
    this.#ports = ports;
    this.#deliverer = deliverer;
    this.#cards = cards;
  }

  async begin(row: number, admission: Admission, start: RunStart): Promise<void> {
    const { session, run, agent } = admission;
    // The decision came while its run was still being parked: the end of that one sees it.
    if (this.#active.has(run)) return;
    this.#active.add(run);
    const facts: RunFacts = { run, session, agent, startedAt: this.#ports.clock.now() };
    const work = (signal: AbortSignal) => this.#turn(row, { admission, start, facts }, signal);
    const outcome = await this.#ports.queue
      .enqueue({ session, run, work })
      .catch((error: unknown) => this.#refused(row, admission, error));
    this.#active.delete(run);
    if (outcome?.kind !== "parked") return;
    const approval = this.#ports.approvals.get(outcome.approvalId);
    if (approval === undefined || approval.state === "waiting") return;
    await this.begin(row, admission, { kind: "approval", approvalId: approval.id });
  }

  async #turn(
    row: number,
    begun: { admission: Admission; start: RunStart; facts: RunFacts },
    signal: AbortSignal,
  ): Promise<TurnOutcome> {
    const { admission, start, facts } = begun;
    // A fresh run is taken up alike whether it had begun or not: no row has to say so.
    if (start.kind !== "message") await this.#ports.inbox.move(row, "running", this.#ports.clock.now());
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
    return outcome;
  }

  async #settle(
    row: number,
    ended: { admission: Admission; outcome: TurnOutcome },
    signal: AbortSignal,
  ): Promise<void> {
    const { admission, outcome } = ended;
    switch (outcome.kind) {
      case "answered":
        return this.#answer(row, admission, outcome);
      case "parked":
        return this.#park(row, admission);
      case "aborted":
        // Cut by the shutdown, not by a person: the next start goes on with it.
        if ((signal.reason as AbortCause) === "shutdown") return;
        return this.#finish(row, stoppedReason);
      case "failed":
        await this.notify(admission, `${outcome.message}\n\n(${outcome.code})`, `${admission.run}:failed`);
        return this.#finish(row, outcome.code);
    }
  }

  /** The answer and the end of the run are one commit, unless cards still have to be shown. */
  async #answer(row: number, admission: Admission, outcome: Answered): Promise<void> {
    // Changes that its commands were kept from making: nothing waits for them, the owner decides them all the same.
    const cards = this.#waitingCards(admission);
    let ended = false;
    const ends: Commit = (transaction) => {
      this.#ports.inbox.finishIn(transaction, row, { state: "done", at: this.#ports.clock.now() });
      ended = true;
    };
    if (!isSilent(outcome.text)) await this.#sendAnswer(admission, outcome, cards.length === 0 ? { ends } : {});
    for (const card of cards) await this.#cards.announce(card, admission);
    if (ended) reach("inbox.done");
    else await this.#finish(row);
  }

  async #sendAnswer(admission: Admission, { text, label }: Answered, ending: Pick<Outgoing, "ends">): Promise<void> {
    const idempotencyKey = `${admission.run}:answer`;
    const sent = await this.#deliverer.send({ ...outgoing(admission), text, label, idempotencyKey, ...ending });
    if (sent.queued) return;
    const withheld = `There is an answer, but it may not be shown here (${sent.reason}). The owner can read it in the Control UI.`;
    await this.notify(admission, withheld, `${admission.run}:withheld`);
  }

  async #park(row: number, admission: Admission): Promise<void> {
    await this.#ports.inbox.move(row, "parked", this.#ports.clock.now());
    reach("run.parked");
    await this.announce(admission);
  }

  async announce(admission: Admission): Promise<void> {
    for (const card of this.#waitingCards(admission)) await this.#cards.announce(card, admission);
  }

  #waitingCards({ session, run }: Admission): readonly Approval[] {
    return this.#ports.approvals.list({ state: "waiting", session }).filter(({ origin }) => origin.run === run);
  }

  async notify(admission: Admission, text: string, key: string): Promise<void> {
    const own = { text, format: "plain", label: cleanLabel, idempotencyKey: key } as const;
    const sent = await this.#deliverer.send({ ...outgoing(admission), ...own });
    if (!sent.queued) this.#ports.log("warn", "a notice was not sent", { reason: sent.reason, run: admission.run });
  }

  async #refused(row: number, admission: Admission, error: unknown): Promise<undefined> {
    // Shutting down: the row stays open and the next start takes it up.
    if (error instanceof QueueError && error.code === "queue.closed") return undefined;
    const code = error instanceof QueueError ? error.code : "turn.crashed";
    const text =
      error instanceof QueueError ? error.message : "Something went wrong inside the Gateway; the log has the details.";
    if (!(error instanceof QueueError))
      this.#ports.log("error", "a turn crashed", { error: String(error), run: admission.run });
    await this.notify(admission, `${text}\n\n(${code})`, `${admission.run}:refused`);
    await this.#finish(row, code);
    return undefined;
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

type Answered = Extract<TurnOutcome, { kind: "answered" }>;

/** The agent chose to say nothing. */
function isSilent(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === "" || trimmed === "NO_REPLY";
}

function outgoing(admission: Admission): Omit<Outgoing, "text" | "label" | "idempotencyKey"> {
  const { principal, path, audience, agent, session, run, replyTarget } = admission;
  return { to: { principal, path, audience }, agent, session, run, target: replyTarget };
}
