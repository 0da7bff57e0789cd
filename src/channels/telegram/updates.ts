/** From a Telegram update to an envelope. Facts only: who, where, what; nothing here knows what is allowed. */
import type { Chat, Message, MessageEntity, Update, User } from "grammy/types";
import type { Envelope, EnvelopePart, ReplyTarget } from "../contract.ts";

export type Bot = { readonly id: number; readonly username: string };

type Source = { readonly account: string; readonly bot: Bot };

/** Undefined for what is not an inbound thing: the bot's own messages, other bots, service messages. */
export function envelopeOf(update: Update, source: Source): Envelope | undefined {
  if (update.message) return fromMessage(update.message, "message", source);
  if (update.edited_message) return fromMessage(update.edited_message, "edit", source);
  if (update.channel_post) return undefined;
  if (update.callback_query) return fromButton(update.callback_query, source);
  if (update.message_reaction) return fromReaction(update.message_reaction, source);
  return undefined;
}

function fromMessage(message: Message, form: "message" | "edit", source: Source): Envelope | undefined {
  const sender = senderOf(message.from, message.sender_chat);
  const parts = partsOf(message, source.bot);
  const text = wordsOf(message);
  if (!sender || (text === "" && parts.length === 0)) return undefined;
  const id = messageIdOf(message);
  return {
    ...placeOf(message.chat, message, source),
    messageId: idOf(source, form === "edit" ? `${id}:edit:${message.edit_date ?? 0}` : id),
    form: form === "message" && text.startsWith("/") ? "command" : form,
    sender,
    mention: mentionOf(message, source.bot),
    text: withoutBotSuffix(text, source.bot),
    parts,
    ...(message.reply_to_message ? { about: messageIdOf(message.reply_to_message) } : {}),
    sentAt: message.date * 1000,
  };
}

function fromButton(query: NonNullable<Update["callback_query"]>, source: Source): Envelope | undefined {
  const sender = senderOf(query.from, undefined);
  const message = query.message;
  if (!sender || !message || query.data === undefined) return undefined;
  return {
    ...placeOf(message.chat, message, source),
    messageId: idOf(source, `button:${query.id}`),
    form: "button",
    sender,
    mention: "mentioned",
    text: "",
    parts: [],
    data: query.data,
    about: messageIdOf(message),
    sentAt: message.date * 1000,
  };
}

function fromReaction(reaction: NonNullable<Update["message_reaction"]>, source: Source): Envelope | undefined {
  const sender = senderOf(reaction.user, reaction.actor_chat);
  const added = reaction.new_reaction.find((entry) => entry.type === "emoji");
  if (!sender || !added) return undefined;
  const about = `${reaction.chat.id}:${reaction.message_id}`;
  return {
    ...placeOf(reaction.chat, undefined, source),
    messageId: idOf(source, `reaction:${about}:${sender.id}:${reaction.date}`),
    form: "reaction",
    sender,
    mention: "unmentioned",
    text: "",
    parts: [],
    data: added.emoji,
    about,
    sentAt: reaction.date * 1000,
  };
}

/** A numeric id is for ever; `@names` are not. Whoever writes as a chat is that chat, not the account behind it. */
function senderOf(user: User | undefined, chat: Chat | undefined): Envelope["sender"] | undefined {
  if (chat) return { id: String(chat.id), identity: "immutable", displayName: chat.title ?? chat.username ?? "" };
  if (!user || user.is_bot) return undefined;
  const displayName = [user.first_name, user.last_name].filter(Boolean).join(" ");
  return { id: String(user.id), identity: "immutable", displayName };
}

function placeOf(chat: Chat, message: Pick<Message, "message_thread_id" | "message_id"> | undefined, source: Source) {
  const kind = chat.type === "private" ? ("direct" as const) : ("group" as const);
  const topic = message?.message_thread_id === undefined ? {} : { topic: String(message.message_thread_id) };
  const replyTarget: ReplyTarget = {
    channel: "telegram",
    account: source.account,
    chat: String(chat.id),
    kind,
    ...topic,
    ...(message ? { replyTo: String(message.message_id) } : {}),
  };
  const title = chat.title === undefined ? {} : { title: chat.title };
  return {
    channel: "telegram",
    account: source.account,
    chat: { kind, id: String(chat.id), ...topic, ...title },
    replyTarget,
  };
}

/** Each bot counts the messages of a chat from one: an account that gets another bot must not take them for copies. */
const idOf = ({ bot }: Source, id: string): string => `${bot.id}/${id}`;

function messageIdOf(message: { chat: { id: number }; message_id: number }): string {
  return `${message.chat.id}:${message.message_id}`;
}

/** Own words: nothing of a forwarded message is the sender's. */
function wordsOf(message: Message): string {
  if (message.forward_origin) return "";
  return message.text ?? message.caption ?? "";
}

function partsOf(message: Message, bot: Bot): EnvelopePart[] {
  const parts: EnvelopePart[] = [];
  if (message.forward_origin) {
    parts.push({ kind: "forwarded", text: message.text ?? message.caption ?? "", author: authorOf(message) });
  }
  const quoted = message.reply_to_message;
  // What the bot said itself is known already; only other people's words come along as a quote.
  if (quoted && quoted.from?.id !== bot.id) {
    const text = message.quote?.text ?? quoted.text ?? quoted.caption ?? "";
    if (text !== "") parts.push({ kind: "quoted", text, author: quoted.from?.first_name ?? "" });
  }
  const attachment = attachmentOf(message);
  if (attachment) parts.push({ kind: "attachment", text: attachment });
  return parts;
}

function authorOf(message: Message): string {
  const origin = message.forward_origin;
  if (origin?.type === "user") return origin.sender_user.first_name;
  if (origin?.type === "hidden_user") return origin.sender_user_name;
  return "";
}

function attachmentOf(message: Message): string | undefined {
  if (message.photo) return "<media:image>";
  if (message.video) return "<media:video>";
  if (message.voice ?? message.audio) return "<media:audio>";
  if (message.document) return `<media:document> ${message.document.file_name ?? ""}`.trim();
  if (message.sticker) return `<media:sticker> ${message.sticker.emoji ?? ""}`.trim();
  return undefined;
}

function mentionOf(message: Message, bot: Bot): Envelope["mention"] {
  if (message.chat.type === "private") return "mentioned";
  if (message.reply_to_message?.from?.id === bot.id) return "mentioned";
  const text = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  return entities.some((entity) => means(entity, text, bot)) ? "mentioned" : "unmentioned";
}

function means(entity: MessageEntity, text: string, bot: Bot): boolean {
  if (entity.type === "text_mention") return entity.user.id === bot.id;
  const words = text.slice(entity.offset, entity.offset + entity.length).toLowerCase();
  const name = `@${bot.username.toLowerCase()}`;
  if (entity.type === "mention") return words === name;
  return entity.type === "bot_command" && words.endsWith(name);
}

/** `/stop@this_bot` means `/stop`. */
function withoutBotSuffix(text: string, bot: Bot): string {
  const suffix = new RegExp(`^(/[A-Za-z0-9_]+)@${bot.username}\\b`, "i");
  return text.replace(suffix, "$1");
}
