/**
 * IRC. One connection per account; it reconnects for ever with back-off. The network has no message ids and no
 * acknowledgements, so ids are made here and a delivery counts as sent only when the server has answered a PING that
 * was written after it. Without account-tag a sender is `nick!user@host`, which the network does not vouch for.
 */
import { randomUUID } from "node:crypto";
import { Client, type IrcMessage } from "irc-framework";
import { type Clock, systemClock, type Timer } from "../../platform/clock.ts";
import type { Secret } from "../../platform/secret.ts";
import {
  type Channel,
  type ChannelHost,
  type Delivery,
  DeliveryError,
  type DeliveryReceipt,
  type Envelope,
  type ReplyTarget,
} from "../contract.ts";
import { splitText } from "../split-text.ts";

export type IrcAccount = {
  readonly account: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly nick: string;
  readonly username: string;
  readonly realname: string;
  readonly password?: Secret;
  readonly nickserv?: { readonly service: string; readonly password: Secret };
  readonly channels: readonly string[];
};

/** `proofPerLineMs`: servers slow down who writes much, so a long text gets longer to be confirmed. */
export type IrcTiming = {
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  readonly proofTimeoutMs: number;
  readonly proofPerLineMs: number;
};

export const ircTiming: IrcTiming = {
  reconnectMinMs: 1_000,
  reconnectMaxMs: 60_000,
  proofTimeoutMs: 20_000,
  proofPerLineMs: 2_500,
};

/** A line is at most 512 bytes with prefix, command and target (RFC 2812 section 2.3); this much is left for text. */
const lineBytesMax = 400;

/** A target is one protocol word; anything else could smuggle a second command. */
const targetPattern = /^[^\s,:\p{Cc}][^\s,\p{Cc}]*$/u;

type Proof = { readonly target: string; settle(receipt: DeliveryReceipt | DeliveryError): void };

export function createIrc(
  account: IrcAccount,
  host: ChannelHost,
  { clock = systemClock, timing = ircTiming }: { clock?: Clock; timing?: IrcTiming } = {},
): Channel {
  return new IrcChannel(account, host, { clock, timing });
}

class IrcChannel implements Channel {
  readonly name = "irc";
  readonly account: string;
  readonly capabilities = { buttons: false, edits: false, threads: false, textLimit: lineBytesMax };
  readonly #settings: IrcAccount;
  readonly #host: ChannelHost;
  readonly #clock: Clock;
  readonly #timing: IrcTiming;
  readonly #proofs = new Map<string, Proof>();
  #client: Client | undefined;
  #registered = false;
  #stopped = false;
  #attempts = 0;
  #retry: Timer | undefined;

  constructor(account: IrcAccount, host: ChannelHost, { clock, timing }: { clock: Clock; timing: IrcTiming }) {
    this.account = account.account;
    this.#settings = account;
    this.#host = host;
    this.#clock = clock;
    this.#timing = timing;
  }

  start(): void {
    this.#report("connecting");
    this.#connect();
  }

  async deliver(delivery: Delivery): Promise<DeliveryReceipt> {
    const client = this.#client;
    if (!client || !this.#registered) throw new DeliveryError("transient", "not connected to the IRC server");
    if (!targetPattern.test(delivery.target.chat))
      throw new DeliveryError("terminal", "this is not an IRC nick or channel");
    const lines = linesOf(delivery.text);
    for (const line of lines) client.say(delivery.target.chat, line);
    return this.#proof(client, { target: delivery.target.chat, lines: lines.length });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry?.cancel();
    const client = this.#client;
    this.#lost("the channel was stopped");
    client?.quit("Fased stops");
    client?.connection.end();
    this.#report("stopped");
  }

  #connect(): void {
    const client = new Client();
    this.#client = client;
    client.requestCap(["account-tag", "server-time", "message-tags"]);
    client.on("registered", () => this.#onRegistered(client));
    client.on("privmsg", (message) => this.#onMessage(message));
    client.on("action", (message) => this.#onMessage(message));
    client.on("pong", ({ message }) => this.#proofs.get(message)?.settle({ state: "sent", messageIds: [message] }));
    client.on("irc error", (error) => this.#onError(error));
    client.on("nick in use", ({ nick }) => client.changeNick(`${nick}_`));
    client.on("close", () => this.#onClose(client));
    client.connect(this.#connectOptions());
  }

  #connectOptions() {
    const { host, port, tls, nick, username, realname, password } = this.#settings;
    return {
      host,
      port,
      tls,
      rejectUnauthorized: true,
      nick,
      username,
      gecos: realname,
      ...(password === undefined ? {} : { password: password.reveal() }),
      auto_reconnect: false,
      message_max_length: lineBytesMax,
      ping_interval: 30,
      ping_timeout: 60,
      version: null,
    };
  }

  #onRegistered(client: Client): void {
    this.#registered = true;
    this.#attempts = 0;
    const { nickserv } = this.#settings;
    if (nickserv) client.say(nickserv.service, `IDENTIFY ${nickserv.password.reveal()}`);
    for (const channel of this.#settings.channels) client.join(channel);
    // The server answers in order: when this PONG arrives, the joins have been handled.
    void this.#proof(client, { target: "", lines: this.#settings.channels.length }).then(
      () => this.#report("connected"),
      () => undefined,
    );
  }

  #onMessage(message: IrcMessage): void {
    const own = this.#client?.user.nick ?? this.#settings.nick;
    if (message.nick.toLowerCase() === own.toLowerCase()) return;
    const envelope = this.#envelope(message, own);
    this.#host.receive(envelope).catch((error: unknown) => {
      this.#host.log("error", "a message could not be kept; IRC cannot send it again", { error: String(error) });
    });
  }

  #envelope(message: IrcMessage, own: string): Envelope {
    const group = /^[#&+!]/.test(message.target);
    const messageId = message.tags["msgid"] ?? randomUUID();
    const chat = group ? message.target.toLowerCase() : message.nick;
    const replyTarget: ReplyTarget = {
      channel: this.name,
      account: this.account,
      chat,
      kind: group ? "group" : "direct",
    };
    return {
      channel: this.name,
      account: this.account,
      messageId,
      form: "message",
      sender: senderOf(message),
      chat: { kind: replyTarget.kind, id: chat },
      mention: !group || mentions(message.message, own) ? "mentioned" : "unmentioned",
      text: message.message,
      parts: [],
      replyTarget,
      sentAt: message.time ?? this.#clock.now(),
    };
  }

  #onError(error: { error: string; nick?: string; channel?: string; reason?: string }): void {
    const target = (error.channel ?? error.nick ?? "").toLowerCase();
    const terminal = ["no_such_nick", "cannot_send_to_channel", "cannot_send_to_user", "not_on_channel"];
    if (terminal.includes(error.error)) {
      for (const proof of this.#proofs.values()) {
        if (proof.target.toLowerCase() !== target) continue;
        proof.settle(new DeliveryError("terminal", `the IRC server refused ${target}: ${error.error}`));
      }
    }
    this.#host.log("warn", "the IRC server reported an error", { error: error.error, target, reason: error.reason });
  }

  #onClose(client: Client): void {
    if (this.#client !== client || this.#stopped) return;
    client.removeAllListeners();
    this.#lost("the connection to the IRC server broke");
    const wait = Math.min(this.#timing.reconnectMinMs * 2 ** this.#attempts, this.#timing.reconnectMaxMs);
    this.#attempts = Math.min(this.#attempts + 1, 16);
    this.#report("disconnected", wait);
    this.#retry = this.#clock.after(wait, () => this.#connect());
  }

  /** Whatever was written and not proven may or may not have arrived. */
  #lost(detail: string): void {
    this.#registered = false;
    this.#client = undefined;
    for (const proof of this.#proofs.values()) proof.settle({ state: "unknown", detail });
  }

  #proof(client: Client, { target, lines }: { target: string; lines: number }): Promise<DeliveryReceipt> {
    const token = randomUUID();
    const timeoutMs = this.#timing.proofTimeoutMs + lines * this.#timing.proofPerLineMs;
    return new Promise((settled, failed) => {
      const timer = this.#clock.after(timeoutMs, () =>
        this.#proofs.get(token)?.settle({ state: "unknown", detail: "the IRC server did not confirm in time" }),
      );
      this.#proofs.set(token, {
        target,
        settle: (outcome) => {
          timer.cancel();
          this.#proofs.delete(token);
          if (outcome instanceof DeliveryError) failed(outcome);
          else settled(outcome);
        },
      });
      client.raw("PING", token);
    });
  }

  #report(state: "connecting" | "connected" | "disconnected" | "stopped", waitMs?: number): void {
    const { host, port } = this.#settings;
    const self = this.#client?.user.nick;
    this.#host.report({
      channel: this.name,
      account: this.account,
      state,
      ...(self === undefined ? {} : { self }),
      ...(state === "connected" ? { lastSeenAt: this.#clock.now() } : {}),
      ...(waitMs === undefined
        ? {}
        : {
            problem: {
              code: "channel.unreachable",
              message: `no connection to the IRC server ${host}:${port}`,
              fix: `check channels.irc.host, port and tls; the next try is in ${Math.ceil(waitMs / 1000)} s`,
            },
          }),
    });
  }
}

/** With account-tag the services account is the identity; without it there is only what the sender claims. */
function senderOf(message: IrcMessage): Envelope["sender"] {
  if (message.account) return { id: `account:${message.account}`, identity: "immutable", displayName: message.nick };
  return {
    id: `${message.nick}!${message.ident}@${message.hostname}`,
    identity: "mutable",
    displayName: message.nick,
  };
}

function mentions(text: string, nick: string): boolean {
  const escaped = nick.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(^|[^\\p{L}\\p{N}_])@?${escaped}($|[^\\p{L}\\p{N}_])`, "iu").test(text);
}

/** One entry per protocol line, each at most `lineBytesMax` bytes of UTF-8; empty lines become a space, CTCP marks go. */
function linesOf(text: string): string[] {
  const plain = text.replaceAll("\u0000", "").replaceAll("\u0001", "");
  return plain.split(/\r\n|\n|\r/).flatMap((line) => (line === "" ? [" "] : withinLine(line)));
}

function withinLine(line: string): string[] {
  let limit = lineBytesMax;
  let pieces = splitText(line, limit);
  while (limit > 80 && pieces.some((piece) => Buffer.byteLength(piece) > lineBytesMax)) {
    limit = Math.floor(limit * 0.75);
    pieces = splitText(line, limit);
  }
  return pieces;
}
