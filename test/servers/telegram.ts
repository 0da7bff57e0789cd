/** The Bot API as a bot sees it: an HTTP server on loopback with chats, people, long polling and inline buttons. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export type SentMessage = {
  readonly chatId: string;
  readonly text: string;
  readonly html: boolean;
  readonly buttons: readonly { readonly text: string; readonly data: string }[];
};

type Json = Record<string, unknown>;
type Fault = { readonly status: number; readonly description: string; readonly retryAfter?: number };

export const telegramBot = { id: 4242, username: "keeper_bot" };

/** Text as a reader sees it: tags gone, entities decoded. */
function plain(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

export class TelegramServer {
  readonly token: string;
  readonly sent: SentMessage[] = [];
  /** Answered instead of the next sendMessage calls, in order. */
  readonly faults: Fault[] = [];
  readonly answeredButtons: string[] = [];
  #updates: Json[] = [];
  #nextUpdate = 1;
  #nextMessage: number;
  #waiting: (() => void)[] = [];
  #server: Server | undefined;
  #port = 0;

  /** The bot's id stands before the colon. Update ids are the server's own; message ids go on where the bot goes on. */
  constructor(token: string, { firstMessage = 1 }: { readonly firstMessage?: number } = {}) {
    this.token = token;
    this.#nextMessage = firstMessage;
  }

  get root(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    this.#wake();
    await closed;
  }

  /** A person writes; `chat` absent: to the bot directly. */
  say(message: { from: number; text: string; chat?: number; extra?: Json }): number {
    const id = this.#nextMessage++;
    const chat = message.chat ?? message.from;
    this.#push({
      message: {
        message_id: id,
        date: Math.floor(Date.now() / 1000),
        chat: chatOf(chat),
        from: { id: message.from, is_bot: false, first_name: `person ${message.from}` },
        text: message.text,
        ...entitiesOf(message.text),
        ...message.extra,
      },
    });
    return id;
  }

  press(button: { from: number; chat: number; data: string }): void {
    const id = this.#nextUpdate;
    this.#push({
      callback_query: {
        id: `q${id}`,
        chat_instance: "1",
        from: { id: button.from, is_bot: false, first_name: `person ${button.from}` },
        message: { message_id: 1, date: Math.floor(Date.now() / 1000), chat: chatOf(button.chat) },
        data: button.data,
      },
    });
  }

  #push(update: Json): void {
    this.#updates.push({ update_id: this.#nextUpdate++, ...update });
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, bot, method = ""] = new URL(request.url ?? "/", this.root).pathname.split("/");
    const body = JSON.parse((await textOf(request)) || "{}") as Json;
    const send = (status: number, payload: Json) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(payload));
    };
    if (bot !== `bot${this.token}`) return send(401, { ok: false, error_code: 401, description: "Unauthorized" });
    if (method === "getUpdates") return send(200, { ok: true, result: await this.#poll(body, request) });
    if (method === "sendMessage") return this.#sendMessage(body, send);
    if (method === "answerCallbackQuery") this.answeredButtons.push(String(body["callback_query_id"]));
    const self = { ...telegramBot, id: Number(this.token.split(":")[0]), is_bot: true, first_name: "Keeper" };
    const result = method === "getMe" ? self : true;
    send(200, { ok: true, result });
  }

  async #poll(body: Json, request: IncomingMessage): Promise<Json[]> {
    const offset = Number(body["offset"] ?? 0);
    this.#updates = this.#updates.filter((update) => Number(update["update_id"]) >= offset);
    if (this.#updates.length === 0 && Number(body["timeout"] ?? 0) > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Number(body["timeout"]) * 1000);
        timer.unref();
        request.once("close", resolve);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.#updates;
  }

  #sendMessage(body: Json, send: (status: number, payload: Json) => void): void {
    const fault = this.faults.shift();
    if (fault) {
      const parameters = fault.retryAfter === undefined ? {} : { parameters: { retry_after: fault.retryAfter } };
      send(fault.status, { ok: false, error_code: fault.status, description: fault.description, ...parameters });
      return;
    }
    const html = body["parse_mode"] === "HTML";
    const text = String(body["text"]);
    if (plain(text).length > 4096) {
      send(400, { ok: false, error_code: 400, description: "Bad Request: message is too long" });
      return;
    }
    const chatId = String(body["chat_id"]);
    this.sent.push({ chatId, text: html ? plain(text) : text, html, buttons: buttonsOf(body["reply_markup"]) });
    send(200, {
      ok: true,
      result: { message_id: this.#nextMessage++, date: 0, chat: chatOf(Number(chatId)), text },
    });
  }
}

function buttonsOf(markup: unknown): SentMessage["buttons"] {
  const parsed = (typeof markup === "string" ? JSON.parse(markup) : markup) as
    | { inline_keyboard?: { text: string; callback_data: string }[][] }
    | undefined;
  return (parsed?.inline_keyboard ?? []).flat().map((button) => ({ text: button.text, data: button.callback_data }));
}

function chatOf(id: number): Json {
  return id < 0 ? { id, type: "supergroup", title: "a room" } : { id, type: "private", first_name: `person ${id}` };
}

function entitiesOf(text: string): Json {
  const at = text.indexOf(`@${telegramBot.username}`);
  if (at < 0) return {};
  return { entities: [{ type: "mention", offset: at, length: telegramBot.username.length + 1 }] };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
