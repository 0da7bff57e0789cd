/**
 * A chat platform whose servers outlive the Gateway: what people said is kept until it was acknowledged and is offered
 * again after each start, and what was delivered is counted. The owner presses the first button of each card at once.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Channel, ChannelHost, Delivery, DeliveryReceipt, Envelope } from "../../../src/channels/contract.ts";

export const platformName = "telegram";
export const ownerId = "1";

type Said = Pick<Envelope, "messageId" | "text"> &
  Partial<Pick<Envelope, "form" | "data" | "parts">> & { readonly from?: string };
export type Delivered = Pick<Delivery, "idempotencyKey" | "text">;

export class DurablePlatform implements Channel {
  readonly name = platformName;
  readonly account = "default";
  readonly capabilities = { buttons: true, edits: false, threads: false, textLimit: 4_096 };
  readonly #folder: string;
  /** The owner sees that a run began. */
  onTyping: () => void = () => undefined;
  #host: ChannelHost | undefined;
  #offering: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  attach(host: ChannelHost): this {
    this.#host = host;
    return this;
  }

  start(): void {
    this.#host?.report({ channel: this.name, account: this.account, state: "connected" });
    this.#offer();
  }

  async deliver({ idempotencyKey, text, buttons }: Delivery): Promise<DeliveryReceipt> {
    this.#append("delivered", { idempotencyKey, text });
    const [first] = buttons ?? [];
    if (first) {
      this.say({ messageId: `press-${idempotencyKey}`, form: "button", text: "", data: first.data });
    }
    return { state: "sent", messageIds: [`sent-${idempotencyKey}`] };
  }

  async stop(): Promise<void> {
    this.#host = undefined;
    await this.#offering;
  }

  showTyping(): void {
    this.onTyping();
  }

  say(said: Said): void {
    this.#append("said", said);
    this.#offer();
  }

  /** How many lines of the story were said: people press buttons beside it. */
  linesSaid(): number {
    return (this.#lines("said") as Said[]).filter(({ form }) => form !== "button").length;
  }

  delivered(): readonly Delivered[] {
    return this.#lines("delivered") as Delivered[];
  }

  /** Every message was acknowledged. */
  allTaken(): boolean {
    return this.#lines("taken").length === this.#lines("said").length;
  }

  #offer(): void {
    this.#offering = this.#offering.then(async () => {
      const said = this.#lines("said") as Said[];
      for (const message of said.slice(this.#lines("taken").length)) {
        if (!this.#host) return;
        await this.#host.receive(envelopeOf(message));
        this.#append("taken", message.messageId);
      }
    });
  }

  #append(name: string, value: unknown): void {
    appendFileSync(join(this.#folder, `platform-${name}`), `${JSON.stringify(value)}\n`);
  }

  #lines(name: string): readonly unknown[] {
    const path = join(this.#folder, `platform-${name}`);
    if (!existsSync(path)) return [];
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  }
}

function envelopeOf({ messageId, form = "message", text, data, parts = [], from = ownerId }: Said): Envelope {
  const place = { channel: platformName, account: "default" };
  return {
    ...place,
    ...{ messageId, form, text },
    ...(data === undefined ? {} : { data }),
    ...{ parts, mention: "mentioned" as const },
    sender: { id: from, identity: "immutable", displayName: `name of ${from}` },
    chat: { kind: "direct", id: from },
    replyTarget: { ...place, chat: from, kind: "direct", replyTo: messageId },
    sentAt: 0,
  };
}
