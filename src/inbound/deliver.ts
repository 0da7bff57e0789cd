/**
 * The way out: guard → outbox → channel. A text is durable before its channel sees it, sent at most once, and when
 * nobody can tell whether it arrived that is said, never guessed.
 */
import { type Button, type Delivery, DeliveryError, type ReplyTarget } from "../channels/contract.ts";
import { type Authorized, requireSeal } from "../guard/authorized.ts";
import type { Commit } from "../guard/ledger.ts";
import type { Audience, Label } from "../policy/label.ts";
import type { Path, Principal } from "../policy/request.ts";
import { reach } from "../sessions/kill-points.ts";
import type { NewOutboxRow, OutboxRow } from "../sessions/outbox.ts";
import type { InboundPorts } from "./ports.ts";

/** Tries of one delivery that fails as transient; with the growing pause between them about two hours. */
export const deliveryAttemptsMax = 12;
const retryMinMs = 2_000;
const retryMaxMs = 15 * 60 * 1_000;

export type Outgoing = {
  readonly to: { readonly principal: Principal; readonly path: Path; readonly audience: Audience };
  readonly agent: string;
  readonly session?: string;
  readonly run?: string;
  readonly target: ReplyTarget;
  readonly text: string;
  /** The Gateway's own words, with whatever names and values they hold; without it the text is Markdown. */
  readonly format?: Delivery["format"];
  readonly label: Label;
  readonly buttons?: readonly Button[];
  readonly idempotencyKey: string;
  /** The session that the text becomes part of once it is delivered, where it does not stand in one already. */
  readonly enters?: string;
  /** What ends with the text: committed together with it. */
  readonly ends?: Commit;
};

export type Deliverer = {
  /** Resolves when the text is durable in the outbox, or refused: then the reason. Sending goes on in the background. */
  send(outgoing: Outgoing): Promise<{ readonly queued: true } | { readonly queued: false; readonly reason: string }>;
  /** What the last process left: `attempted` rows become unknown, queued rows are sent. */
  recover(): Promise<void>;
  /** Resolves when nothing is being sent any more; retries that wait stay in the outbox for the next start. */
  settle(): Promise<void>;
};

export function createDeliverer(ports: InboundPorts): Deliverer {
  return new OutboxDeliverer(ports);
}

class OutboxDeliverer implements Deliverer {
  readonly #ports: InboundPorts;
  readonly #sending = new Set<Promise<void>>();
  /** Texts to one conversation go out one after the other. */
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(ports: InboundPorts) {
    this.#ports = ports;
  }

  async send(outgoing: Outgoing): Promise<{ queued: true } | { queued: false; reason: string }> {
    const { principal, path, audience } = outgoing.to;
    let row: QueuedRow;
    const verdict = await this.#ports.guard.check(
      {
        principal,
        path,
        action: { kind: "message.send", agent: outgoing.agent, sink: { kind: "free", reads: "effect" } },
        context: {
          label: outgoing.label,
          audience,
          ...(outgoing.session === undefined ? {} : { session: outgoing.session }),
          sandbox: "off",
          grant: "none",
        },
      },
      {
        summary: `reply to ${outgoing.target.channel}`,
        commit: (transaction) => {
          row = this.#ports.outbox.insert(transaction, this.#rowOf(outgoing));
          outgoing.ends?.(transaction);
        },
      },
    );
    if (verdict.effect !== "allow") {
      if (row && !row.duplicate) await this.#withdraw(row.id);
      return { queued: false, reason: verdict.decision.reason };
    }
    this.#release(row, outgoing.target, verdict.authorized);
    return { queued: true };
  }

  async recover(): Promise<void> {
    for (const row of this.#ports.outbox.pending()) {
      if (row.state === "attempted") await this.#finishUnknown(row, "the Gateway stopped while it was being sent");
      else this.#queue(row.id, row.delivery.target);
    }
  }

  async settle(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  #rowOf(outgoing: Outgoing): NewOutboxRow {
    return {
      delivery: deliveryOf(outgoing),
      label: outgoing.label,
      ...(outgoing.run === undefined ? {} : { run: outgoing.run }),
      ...(outgoing.enters === undefined ? {} : { session: outgoing.enters }),
      at: this.#ports.clock.now(),
    };
  }

  /** From here on the text is sent, whatever happens to this process. */
  #release(row: QueuedRow, target: ReplyTarget, authorized: Authorized): void {
    requireSeal(authorized, "message.send");
    reach("outbox.queued");
    if (row && !row.duplicate) this.#queue(row.id, target);
  }

  /** The policy that allowed it was replaced before it could go out. */
  async #withdraw(id: number): Promise<void> {
    const detail = "the policy changed before it was sent";
    await this.#ports.outbox.finish(id, { state: "failed", detail, at: this.#ports.clock.now() });
  }

  #queue(id: number, target: ReplyTarget): void {
    const lane = `${target.channel}/${target.account}/${target.chat}`;
    const work = (this.#lanes.get(lane) ?? Promise.resolve())
      .then(() => this.#attempt(id))
      .catch((error: unknown) => this.#ports.log("error", "a delivery could not be recorded", { error: String(error) }))
      .finally(() => {
        this.#sending.delete(work);
        if (this.#lanes.get(lane) === work) this.#lanes.delete(lane);
      });
    this.#sending.add(work);
    this.#lanes.set(lane, work);
  }

  async #attempt(id: number): Promise<void> {
    const row = this.#ports.outbox.find(id);
    if (row?.state !== "queued") return;
    const { target } = row.delivery;
    const channel = this.#ports.channel(target.channel, target.account);
    if (!channel) {
      await this.#retry(row, new DeliveryError("transient", `the channel ${target.channel} is not running`));
      return;
    }
    await this.#ports.outbox.attempt(id, this.#ports.clock.now());
    reach("outbox.attempted");
    try {
      const receipt = await channel.deliver(row.delivery);
      if (receipt.state === "sent") await this.#ports.delivered(row);
      reach("outbox.delivered");
      if (receipt.state === "unknown") return await this.#finishUnknown(row, receipt.detail);
      const at = this.#ports.clock.now();
      await this.#ports.outbox.finish(id, { state: "sent", messageIds: receipt.messageIds, at });
      reach("outbox.sent");
    } catch (error) {
      if (error instanceof DeliveryError) await this.#retry(row, error);
      else await this.#finishUnknown(row, `the channel failed: ${String(error)}`);
    }
  }

  async #retry(row: OutboxRow, error: DeliveryError): Promise<void> {
    const now = this.#ports.clock.now();
    if (error.failure === "terminal" || row.attempts + 1 >= deliveryAttemptsMax) {
      await this.#ports.outbox.finish(row.id, { state: "failed", detail: error.message, at: now });
      await this.#tell(row, "delivery.failed", error.message);
      return;
    }
    await this.#ports.outbox.requeue(row.id, error.message, now);
    const pause = error.retryAfterMs ?? Math.min(retryMinMs * 2 ** row.attempts, retryMaxMs);
    this.#ports.clock.after(pause, () => this.#queue(row.id, row.delivery.target));
  }

  async #finishUnknown(row: OutboxRow, detail: string): Promise<void> {
    await this.#ports.outbox.finish(row.id, { state: "unknown", detail, at: this.#ports.clock.now() });
    await this.#tell(row, "delivery.unknown", `${detail}; it may or may not have arrived and is not sent again`);
  }

  #tell(row: OutboxRow, code: string, text: string): Promise<void> {
    const { channel, account, chat } = row.delivery.target;
    return this.#ports.why.record({
      at: this.#ports.clock.now(),
      channel,
      account,
      messageId: row.delivery.idempotencyKey,
      sender: chat,
      code,
      text,
      fix:
        code === "delivery.unknown"
          ? "look into the chat; ask again if the answer is missing"
          : "check the channel's status",
    });
  }
}

/** Assigned within the transaction that decides. */
type QueuedRow = ReturnType<InboundPorts["outbox"]["insert"]> | undefined;

function deliveryOf(outgoing: Outgoing): Delivery {
  const { target, text, format, buttons, idempotencyKey } = outgoing;
  return {
    target,
    text,
    ...(format === undefined ? {} : { format }),
    ...(buttons === undefined ? {} : { buttons }),
    idempotencyKey,
  };
}
