/** An IRC message as an envelope. */
import { randomUUID } from "node:crypto";
import type { IrcMessage } from "irc-framework";
import type { Envelope, ReplyTarget } from "../contract.ts";
import { accountPrefix } from "./people.ts";

export type Received = { readonly account: string; readonly ownNick: string; readonly now: number };

export function envelopeOf(message: IrcMessage, { account, ownNick, now }: Received): Envelope {
  const group = /^[#&+!]/.test(message.target);
  const chat = group ? message.target.toLowerCase() : message.nick;
  const replyTarget: ReplyTarget = { channel: "irc", account, chat, kind: group ? "group" : "direct" };
  return {
    channel: "irc",
    account,
    messageId: message.tags["msgid"] ?? randomUUID(),
    form: "message",
    sender: senderOf(message),
    chat: { kind: replyTarget.kind, id: chat },
    mention: !group || mentions(message.message, ownNick) ? "mentioned" : "unmentioned",
    text: message.message,
    parts: [],
    replyTarget,
    sentAt: message.time ?? now,
  };
}

/** With account-tag the services account is the identity; without it there is only what the sender claims. */
function senderOf(message: IrcMessage): Envelope["sender"] {
  if (message.account)
    return { id: `${accountPrefix}${message.account}`, identity: "immutable", displayName: message.nick };
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
