/**
 * What a channel is: it turns platform events into envelopes and deliveries into platform calls, nothing else.
 * A channel decides nothing about access: it reports facts, the policy engine decides.
 */

/** Where an answer goes. Captured at admission, immutable afterwards; there is no "current channel". */
export type ReplyTarget = {
  readonly channel: string;
  readonly account: string;
  /** Provider's id of the conversation: chat id, `#room`, or the peer's id for a direct chat. */
  readonly chat: string;
  readonly kind: "direct" | "group";
  readonly topic?: string;
  /** Provider's id of the message that is answered, where the platform can quote. */
  readonly replyTo?: string;
};

export type EnvelopePart = {
  /** `quoted`, `forwarded` and `attachment` parts are never the sender's own words. */
  readonly kind: "quoted" | "forwarded" | "attachment";
  readonly text: string;
  readonly author?: string;
};

/** One inbound thing: message, edit, reaction, button press, command. */
export type Envelope = {
  readonly channel: string;
  readonly account: string;
  /** Provider's id, unique in (channel, account); the inbox dedupes on it. */
  readonly messageId: string;
  readonly form: "message" | "edit" | "reaction" | "button" | "command";
  readonly sender: {
    /** Immutable provider id, or the best there is when `identity` is `mutable`. */
    readonly id: string;
    readonly identity: "immutable" | "mutable";
    /** For people's eyes only; never compared. */
    readonly displayName: string;
  };
  readonly chat: {
    readonly kind: "direct" | "group";
    readonly id: string;
    readonly topic?: string;
    readonly title?: string;
  };
  /** What the platform's own metadata says; patterns are applied by `inbound`. */
  readonly mention: "mentioned" | "unmentioned" | "undetectable";
  /** The sender's own words, without quotes and forwarded parts. */
  readonly text: string;
  readonly parts: readonly EnvelopePart[];
  readonly replyTarget: ReplyTarget;
  /** For `button`: the opaque data of the button. For `reaction`: the emoji. */
  readonly data?: string;
  /** The message this one quotes, edits, reacts to or belongs to. */
  readonly about?: string;
  /** Provider's time in milliseconds. */
  readonly sentAt: number;
};

export type Button = { readonly label: string; readonly data: string };

export type Delivery = {
  readonly target: ReplyTarget;
  /** The channel chunks it under its own limit. */
  readonly text: string;
  /** Shown letter by letter, as a card has to be; without it the text is Markdown, which the channel renders. */
  readonly format?: "plain";
  readonly buttons?: readonly Button[];
  /** Stable over retries: a channel that can deduplicate passes it on. */
  readonly idempotencyKey: string;
};

/**
 * `sent` with the provider's ids; `unknown` when the platform may or may not have it (never retried blindly);
 * a thrown DeliveryError otherwise.
 */
export type DeliveryReceipt =
  | { readonly state: "sent"; readonly messageIds: readonly string[] }
  | { readonly state: "unknown"; readonly detail: string };

export class DeliveryError extends Error {
  /** `transient`: the same call may succeed later; `terminal`: it never will. Nothing was delivered in either case. */
  readonly failure: "transient" | "terminal";
  readonly retryAfterMs: number | undefined;

  constructor(failure: "transient" | "terminal", message: string, retryAfterMs?: number) {
    super(message);
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

export type ChannelState = "connecting" | "connected" | "disconnected" | "failed" | "stopped";

export type ChannelStatus = {
  readonly channel: string;
  readonly account: string;
  readonly state: ChannelState;
  /** Own name on the platform, once known. */
  readonly self?: string;
  /** Last proven round trip, ms. */
  readonly lastSeenAt?: number;
  readonly problem?: { readonly code: string; readonly message: string; readonly fix: string };
};

export type ChannelHost = {
  /** Resolves when the envelope is durable; only then may the channel acknowledge it to the platform. */
  receive(envelope: Envelope): Promise<void>;
  report(status: ChannelStatus): void;
  /** Durable cursor of the channel (update offset …), per account. */
  readonly cursor: { load(): string | undefined; save(value: string): Promise<void> };
  log(level: "debug" | "info" | "warn" | "error", message: string, fields?: Record<string, unknown>): void;
};

export interface Channel {
  readonly name: string;
  readonly account: string;
  readonly capabilities: {
    readonly buttons: boolean;
    readonly edits: boolean;
    readonly threads: boolean;
    readonly textLimit: number;
  };
  /** Connects in the background and keeps reconnecting; a server that is down is a status, not an exception. */
  start(): void;
  deliver(delivery: Delivery): Promise<DeliveryReceipt>;
  /** Who a direct chat's id stands for, where it is not the person's own: as on IRC, where a nick is worn for a while. */
  peerAt?(chat: string): Pick<Envelope["sender"], "id" | "identity"> | undefined;
  /** Typing indicator or nothing. Never throws. */
  showTyping?(target: ReplyTarget): void;
  /** Stops receiving, finishes deliveries in flight, closes. */
  stop(): Promise<void>;
}
