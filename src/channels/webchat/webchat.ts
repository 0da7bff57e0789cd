/**
 * The owner's own page. Its platform is the Gateway itself: messages come in as authenticated method calls, and a page
 * shows its session's history, which every delivered text is part of. `chat` of a target is the session key.
 */
import type { Channel, Delivery, DeliveryReceipt } from "../contract.ts";

export const webchatName = "webchat";

export class Webchat implements Channel {
  readonly name = webchatName;
  readonly account = "default";
  readonly capabilities = { buttons: true, edits: false, threads: false, textLimit: Number.MAX_SAFE_INTEGER };

  /** Nothing to connect: the listener of the Gateway is the connection. */
  start(): void {
    return;
  }

  async deliver({ idempotencyKey }: Delivery): Promise<DeliveryReceipt> {
    return { state: "sent", messageIds: [idempotencyKey] };
  }

  async stop(): Promise<void> {
    return;
  }
}
