/** A channel without a platform: the test is the platform. It passes the same contract suite as the real ones. */
import {
  type Channel,
  type ChannelHost,
  type Delivery,
  DeliveryError,
  type DeliveryReceipt,
  type Envelope,
  type ReplyTarget,
} from "../../src/channels/contract.ts";
import { splitText } from "../../src/channels/split-text.ts";

export type Heard = { readonly target: ReplyTarget; readonly text: string; readonly delivery: Delivery };

export type FakeMessage = {
  readonly from: string;
  readonly text: string;
  readonly group?: string;
  readonly mention?: Envelope["mention"];
  readonly identity?: "immutable" | "mutable";
  readonly id?: string;
} & Partial<Pick<Envelope, "form" | "parts" | "data" | "about">>;

export class FakeChannel implements Channel {
  readonly name: string;
  readonly account: string;
  readonly capabilities = { buttons: true, edits: false, threads: false, textLimit: 400 };
  readonly heard: Heard[] = [];
  /** What the next deliveries do; `send` when empty. */
  readonly outcomes: ("send" | "transient" | "terminal" | "unknown")[] = [];
  #host: ChannelHost | undefined;
  #heldStop: { readonly begin: () => void; readonly ended: Promise<void> } | undefined;
  #connected = false;
  #down = false;
  #messages = 0;

  constructor(name: string, account = "default") {
    this.name = name;
    this.account = account;
  }

  attach(host: ChannelHost): this {
    this.#host = host;
    return this;
  }

  start(): void {
    if (this.#down) {
      this.#report("disconnected", "the platform is down");
      return;
    }
    this.#connected = true;
    this.#report("connected");
  }

  async deliver(delivery: Delivery): Promise<DeliveryReceipt> {
    const outcome = this.#connected ? (this.outcomes.shift() ?? "send") : "transient";
    if (outcome === "unknown") return { state: "unknown", detail: "the connection broke while sending" };
    if (outcome !== "send") throw new DeliveryError(outcome, `delivery failed: ${outcome}`);
    const pieces = splitText(delivery.text, this.capabilities.textLimit);
    for (const text of pieces) this.heard.push({ target: delivery.target, text, delivery });
    return { state: "sent", messageIds: pieces.map((_, index) => `${delivery.idempotencyKey}.${index}`) };
  }

  /** The next stop begins, and ends when it may. */
  holdStop(): { readonly begun: Promise<void>; goOn(): void } {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.#heldStop = { begin: begun.resolve, ended: ended.promise };
    return { begun: begun.promise, goOn: ended.resolve };
  }

  async stop(): Promise<void> {
    this.#heldStop?.begin();
    await this.#heldStop?.ended;
    this.#connected = false;
    this.#report("stopped");
  }

  /** A person says something; resolves when the Gateway has journalled it. */
  async say(message: FakeMessage): Promise<Envelope> {
    this.#messages += 1;
    const kind = message.group === undefined ? "direct" : "group";
    const chat = message.group ?? message.from;
    const messageId = message.id ?? `m${this.#messages}`;
    const envelope: Envelope = {
      channel: this.name,
      account: this.account,
      messageId,
      form: message.form ?? "message",
      sender: { id: message.from, identity: message.identity ?? "immutable", displayName: `name of ${message.from}` },
      chat: { kind, id: chat },
      mention: message.mention ?? (kind === "direct" ? "mentioned" : "unmentioned"),
      text: message.text,
      parts: message.parts ?? [],
      replyTarget: { channel: this.name, account: this.account, chat, kind, replyTo: messageId },
      ...(message.data === undefined ? {} : { data: message.data }),
      ...(message.about === undefined ? {} : { about: message.about }),
      sentAt: Date.now(),
    };
    if (this.#connected) await this.#host?.receive(envelope);
    return envelope;
  }

  /** The platform's library says something to the log. */
  complain(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#host?.log("warn", message, fields);
  }

  goDown(): void {
    this.#down = true;
    this.#connected = false;
    this.#report("disconnected", "the platform is down");
  }

  comeBack(): void {
    this.#down = false;
    this.start();
  }

  #report(state: "connected" | "disconnected" | "stopped", problem?: string): void {
    this.#host?.report({
      channel: this.name,
      account: this.account,
      state,
      ...(problem === undefined
        ? {}
        : { problem: { code: "channel.unreachable", message: problem, fix: "wait, it reconnects by itself" } }),
    });
  }
}
