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
  type ChannelStatus,
  type Delivery,
  DeliveryError,
  type DeliveryReceipt,
} from "../contract.ts";
import { lineBytesMax, linesOf } from "./lines.ts";
import { envelopeOf } from "./messages.ts";
import { accountIn, accountPrefix, IrcPeople } from "./people.ts";

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

/** A target is one protocol word; anything else could smuggle a second command. */
const targetPattern = /^[^\s,:\p{Cc}][^\s,\p{Cc}]*$/u;

/** Recipients that the status names at most. */
const unprovenShownMax = 20;

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
  readonly #people = new IrcPeople();
  /** What the server last said of a nick: its services account. */
  readonly #accounts = new Map<string, string>();
  /** Accounts that something was to be sent to and whom no nick proves to be. */
  readonly #unproven = new Set<string>();
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
    const { chat } = delivery.target;
    if (!targetPattern.test(chat)) throw new DeliveryError("terminal", "this is not an IRC nick or channel");
    const account = accountIn(chat);
    const target = account === undefined ? chat : await this.#nickOf(client, account);
    const lines = linesOf(delivery);
    for (const line of lines) client.say(target, line);
    return this.#proof(client, { target, lines: lines.length });
  }

  peerAt(chat: string) {
    const account = accountIn(chat);
    if (account === undefined) return this.#people.at(chat);
    // Written as it was heard: ids of one person are the same everywhere.
    return this.#people.at(this.#people.nickOf(account) ?? "") ?? { id: chat, identity: "immutable" as const };
  }

  /** The nick that proves, now, to be the account: the one it wrote from last, if the server still says so. */
  async #nickOf(client: Client, account: string): Promise<string> {
    const nick = this.#people.nickOf(account);
    if (nick !== undefined && (await this.#isWorn(client, { nick, account })) && this.#client === client) return nick;
    this.#isUnproven(account);
    throw new DeliveryError("transient", `no nick on the IRC network proves to be the account ${account}`);
  }

  /** Told once, until the account is heard. */
  #isUnproven(account: string): void {
    const id = `${accountPrefix}${account}`.toLowerCase();
    if (this.#unproven.has(id) || this.#unproven.size >= unprovenShownMax) return;
    this.#unproven.add(id);
    this.#host.log("warn", "a message waits: no nick on the IRC network proves to be its recipient", { recipient: id });
    if (this.#registered) this.#report("connected");
  }

  async #isWorn(client: Client, { nick, account }: { nick: string; account: string }): Promise<boolean> {
    client.raw("WHOIS", nick);
    // The server answers in order: when its PONG is here, it has told whose nick this is.
    const answered = await this.#proof(client, { target: "", lines: 1 });
    const told = this.#accounts.get(nick)?.toLowerCase();
    this.#accounts.delete(nick);
    return answered.state === "sent" && told === account.toLowerCase();
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
    client.on("whois", ({ nick, account }) => {
      if (account !== undefined) this.#accounts.set(nick.toLowerCase(), account);
    });
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
    const now = this.#clock.now();
    const envelope = envelopeOf(message, { account: this.account, ownNick: own, now });
    this.#people.heard(message.nick, envelope.sender);
    if (this.#unproven.delete(envelope.sender.id.toLowerCase())) this.#report("connected");
    this.#host.receive(envelope).catch((error: unknown) => {
      this.#host.log("error", "a message could not be kept; IRC cannot send it again", { error: String(error) });
    });
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
    const unreachable = waitMs === undefined ? {} : { problem: unreachableProblem(host, port, waitMs) };
    const unproven = this.#unproven.size === 0 ? {} : { problem: unprovenProblem([...this.#unproven]) };
    this.#host.report({
      channel: this.name,
      account: this.account,
      state,
      ...(self === undefined ? {} : { self }),
      ...(state === "connected" ? { lastSeenAt: this.#clock.now(), ...unproven } : unreachable),
    });
  }
}

type Problem = NonNullable<ChannelStatus["problem"]>;

function unreachableProblem(host: string, port: number, waitMs: number): Problem {
  return {
    code: "channel.unreachable",
    message: `no connection to the IRC server ${host}:${port}`,
    fix: `check channels.irc.host, port and tls; the next try is in ${Math.ceil(waitMs / 1000)} s`,
  };
}

function unprovenProblem(ids: readonly string[]): Problem {
  return {
    code: "channel.recipient_unproven",
    message: `no nick proves to be ${ids.join(", ")}, so nothing reaches them, approval cards included`,
    fix: "they log in to the network's services and write to the bot once; until then: fased approvals list",
  };
}
