/**
 * Telegram by long polling. An update is confirmed to Telegram (by the next offset) only after its envelope is durable,
 * so what was not journalled comes again. The poll loop is ours for that reason; grammY types and speaks the Bot API.
 */

import type { Update, UserFromGetMe } from "grammy/types";
import { Api, type ApiClientOptions, GrammyError, HttpError, InlineKeyboard } from "grammy/web";
import { type Clock, systemClock } from "../../platform/clock.ts";
import type { Secret } from "../../platform/secret.ts";
import {
  type Channel,
  type ChannelHost,
  type ChannelState,
  type ChannelStatus,
  type Delivery,
  DeliveryError,
  type DeliveryReceipt,
  type ReplyTarget,
} from "../contract.ts";
import { splitText } from "../split-text.ts";
import { toTelegramHtml } from "./render.ts";
import { type Bot, envelopeOf } from "./updates.ts";

export type TelegramAccount = {
  readonly account: string;
  readonly token: Secret;
  /** Another Bot API server, for self-hosted ones. */
  readonly apiRoot?: string;
};

export type TelegramTiming = {
  readonly pollSeconds: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
};

export const telegramTiming: TelegramTiming = { pollSeconds: 30, backoffMinMs: 2_000, backoffMaxMs: 30_000 };

/** Telegram's limit is 4,096 characters after entities are parsed; the rest is room for what rendering adds. */
const textLimit = 4_000;
const requestTimeoutSeconds = 60;
const updateKinds = ["message", "edited_message", "callback_query", "message_reaction"] as const;

type Options = { readonly fetch: typeof globalThis.fetch; readonly clock?: Clock; readonly timing?: TelegramTiming };

export function createTelegram(account: TelegramAccount, host: ChannelHost, options: Options): Channel {
  return new TelegramChannel(account, host, { clock: systemClock, timing: telegramTiming, ...options });
}

class TelegramChannel implements Channel {
  readonly name = "telegram";
  readonly account: string;
  readonly capabilities = { buttons: true, edits: true, threads: true, textLimit };
  readonly #host: ChannelHost;
  readonly #api: Api;
  readonly #server: string;
  readonly #clock: Clock;
  readonly #timing: TelegramTiming;
  readonly #stopping = new AbortController();
  #bot: Bot | undefined;
  #state: ChannelState = "stopped";
  #loop: Promise<void> = Promise.resolve();

  constructor(account: TelegramAccount, host: ChannelHost, options: Required<Options>) {
    this.account = account.account;
    this.#host = host;
    this.#clock = options.clock;
    this.#timing = options.timing;
    const client: ApiClientOptions = {
      fetch: options.fetch,
      timeoutSeconds: requestTimeoutSeconds,
      sensitiveLogs: false,
      ...(account.apiRoot === undefined ? {} : { apiRoot: account.apiRoot }),
    };
    this.#api = new Api(account.token.reveal(), client);
    this.#server = account.apiRoot ?? "";
  }

  start(): void {
    this.#report("connecting");
    this.#loop = this.#poll();
  }

  async deliver(delivery: Delivery): Promise<DeliveryReceipt> {
    const pieces = splitText(delivery.text, textLimit);
    const messageIds: string[] = [];
    for (const [index, piece] of pieces.entries()) {
      const last = index === pieces.length - 1;
      const sent = await this.#send(delivery, piece, last ? keyboardOf(delivery) : undefined);
      // A long text that stops in the middle must not start again from its first piece.
      if (sent.state === "unknown") return sent;
      messageIds.push(...sent.messageIds);
    }
    return { state: "sent", messageIds };
  }

  showTyping(target: ReplyTarget): void {
    const thread = target.topic === undefined ? {} : { message_thread_id: Number(target.topic) };
    this.#api.sendChatAction(target.chat, "typing", thread).catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    this.#report("stopped");
  }

  async #poll(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        this.#bot ??= botOf(await this.#api.getMe(this.#signal()));
        if (this.#state !== "connected") this.#report("connected");
        await this.#receiveOnce();
        failures = 0;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        failures += 1;
        this.#report(isWrongToken(error) ? "failed" : "disconnected", problemOf(error));
        await this.#pause(Math.min(this.#timing.backoffMinMs * 2 ** (failures - 1), this.#timing.backoffMaxMs));
      }
    }
  }

  async #receiveOnce(): Promise<void> {
    const offset = offsetOf(this.#host.cursor.load(), this.#source());
    const updates = await this.#api.getUpdates(
      {
        ...(offset === undefined ? {} : { offset }),
        timeout: this.#timing.pollSeconds,
        allowed_updates: updateKinds,
      },
      this.#signal(),
    );
    for (const update of updates) await this.#take(update);
  }

  async #take(update: Update): Promise<void> {
    if (!this.#bot) return;
    const envelope = envelopeOf(update, { account: this.account, bot: this.#bot });
    if (envelope) await this.#host.receive(envelope);
    if (update.callback_query) {
      await this.#api.answerCallbackQuery(update.callback_query.id).catch(() => undefined);
    }
    await this.#host.cursor.save(JSON.stringify({ ...this.#source(), offset: update.update_id + 1 }));
  }

  #source(): Source {
    return { bot: this.#bot?.id ?? 0, server: this.#server };
  }

  async #send(delivery: Delivery, piece: string, keyboard: InlineKeyboard | undefined): Promise<DeliveryReceipt> {
    const { target } = delivery;
    const place = {
      ...(target.topic === undefined || target.topic === generalTopic
        ? {}
        : { message_thread_id: Number(target.topic) }),
      ...(target.replyTo === undefined || target.kind === "direct"
        ? {}
        : { reply_parameters: { message_id: Number(target.replyTo), allow_sending_without_reply: true } }),
      ...(keyboard === undefined ? {} : { reply_markup: keyboard }),
    };
    try {
      const asIs = () => this.#api.sendMessage(target.chat, piece, place, this.#signal());
      const rendered = () =>
        this.#api.sendMessage(target.chat, toTelegramHtml(piece), { ...place, parse_mode: "HTML" }, this.#signal());
      const sent = await (delivery.format === "plain"
        ? asIs()
        : rendered().catch((error: unknown) => {
            if (isParseError(error)) return asIs();
            throw error;
          }));
      return { state: "sent", messageIds: [`${sent.chat.id}:${sent.message_id}`] };
    } catch (error) {
      return receiptOf(error);
    }
  }

  #signal(): NonNullable<Parameters<Api["getMe"]>[0]> {
    // The same class in every current runtime; grammY types the one of a polyfill.
    return this.#stopping.signal as unknown as NonNullable<Parameters<Api["getMe"]>[0]>;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((done) => {
      const timer = this.#clock.after(delayMs, done);
      this.#stopping.signal.addEventListener("abort", () => {
        timer.cancel();
        done();
      });
    });
  }

  #report(state: ChannelState, problem?: NonNullable<ChannelStatus["problem"]>): void {
    this.#state = state;
    this.#host.report({
      channel: this.name,
      account: this.account,
      state,
      ...(this.#bot === undefined ? {} : { self: `@${this.#bot.username}` }),
      ...(state === "connected" ? { lastSeenAt: this.#clock.now() } : {}),
      ...(problem === undefined ? {} : { problem }),
    });
  }
}

/** Whose numbers an offset counts in: of another bot or server it would skip what nobody has read. */
type Source = { readonly bot: number; readonly server: string };

function offsetOf(saved: string | undefined, { bot, server }: Source): number | undefined {
  if (saved === undefined) return undefined;
  const cursor = JSON.parse(saved) as Partial<Source & { readonly offset: number }>;
  return cursor.bot === bot && cursor.server === server ? cursor.offset : undefined;
}

/** The topic every forum has; Telegram refuses its id on send. */
const generalTopic = "1";

function botOf(me: UserFromGetMe): Bot {
  return { id: me.id, username: me.username };
}

function keyboardOf(delivery: Delivery): InlineKeyboard | undefined {
  if (!delivery.buttons || delivery.buttons.length === 0) return undefined;
  const keyboard = new InlineKeyboard();
  for (const button of delivery.buttons) keyboard.text(button.label, button.data);
  return keyboard;
}

function isWrongToken(error: unknown): boolean {
  return error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404);
}

function isParseError(error: unknown): boolean {
  return error instanceof GrammyError && error.error_code === 400 && /can't parse entities/i.test(error.description);
}

function problemOf(error: unknown): NonNullable<ChannelStatus["problem"]> {
  if (isWrongToken(error)) {
    return {
      code: "channel.unauthorized",
      message: "Telegram does not accept the bot token",
      fix: "set channels.telegram.botToken to the token that @BotFather shows for this bot",
    };
  }
  if (error instanceof GrammyError && error.error_code === 409) {
    return {
      code: "channel.conflict",
      message: "another program receives this bot's updates",
      fix: "stop the other program or its webhook, or use a bot of its own",
    };
  }
  return {
    code: "channel.unreachable",
    message: "the Telegram Bot API cannot be reached",
    fix: "check the network; Fased tries again by itself",
  };
}

/** Refused before it was taken: an error to throw. Taken or lost on the way, nobody knows: `unknown`. */
function receiptOf(error: unknown): DeliveryReceipt {
  if (error instanceof GrammyError) {
    const retryAfterMs = error.parameters.retry_after === undefined ? undefined : error.parameters.retry_after * 1000;
    if (error.error_code === 429) throw new DeliveryError("transient", "Telegram asks to slow down", retryAfterMs);
    if (error.error_code >= 500) return { state: "unknown", detail: `Telegram failed with ${error.error_code}` };
    throw new DeliveryError("terminal", `Telegram refused the message: ${error.description}`);
  }
  if (error instanceof HttpError && neverConnected(error.error)) {
    throw new DeliveryError("transient", "the Telegram Bot API cannot be reached");
  }
  return { state: "unknown", detail: "the connection to Telegram broke while sending" };
}

const connectErrors = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

function neverConnected(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && connectErrors.includes(String(cause.code))) return true;
  }
  return false;
}
