/**
 * The owner's own page. Its platform is the Gateway itself: messages come in as authenticated method calls, and what is
 * delivered is already in the session's history, so a delivery only has to wake the pages that look at that session.
 */
import type { Channel, Delivery, DeliveryReceipt } from "../contract.ts";

export const webchatName = "webchat";

/** `chat` of the delivery's target is the session key. */
export type WebchatListener = (session: string, delivery: Delivery) => Promise<void>;

export class Webchat implements Channel {
  readonly name = webchatName;
  readonly account = "default";
  readonly capabilities = { buttons: true, edits: false, threads: false, textLimit: Number.MAX_SAFE_INTEGER };
  readonly #listener: WebchatListener;

  constructor(listener: WebchatListener) {
    this.#listener = listener;
  }

  /** Nothing to connect: the listener of the Gateway is the connection. */
  start(): void {
    return;
  }

  async deliver(delivery: Delivery): Promise<DeliveryReceipt> {
    await this.#listener(delivery.target.chat, delivery);
    return { state: "sent", messageIds: [delivery.idempotencyKey] };
  }

  async stop(): Promise<void> {
    return;
  }
}
