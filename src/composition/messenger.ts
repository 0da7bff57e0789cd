/** What the Gateway sends of itself or for a tool: messages to other chats, reminders that became due. */
import { randomUUID } from "node:crypto";
import type { ReplyTarget } from "../channels/contract.ts";
import { webchatName } from "../channels/webchat/webchat.ts";
import type { Config } from "../config/schema.ts";
import type { Outgoing } from "../inbound/deliver.ts";
import type { Audience } from "../policy/label.ts";
import { identityOfId } from "../policy/standing.ts";
import type { Messenger } from "../tools/message.ts";
import type { Reminder } from "../tools/reminders.ts";
import type { ChannelDirectory } from "./channels.ts";

export type SendOutgoing = (outgoing: Outgoing) => Promise<{ readonly queued: boolean; readonly reason?: string }>;

export async function deliverReminder(
  reminder: Reminder,
  { late }: { late: boolean },
  send: SendOutgoing,
): Promise<void> {
  const { id, principal, path, audience, agent, session, target, text, label } = reminder;
  const sent = await send({
    to: { principal, path, audience },
    agent,
    session,
    target,
    text: late ? `Reminder (late, it was due ${new Date(reminder.dueAt).toISOString()}): ${text}` : `Reminder: ${text}`,
    label,
    idempotencyKey: `reminder:${id}`,
  });
  if (!sent.queued) throw new Error(`the reminder may not be sent: ${sent.reason}`);
}

type Owners = Config["security"]["owners"];

type MessengerPorts = {
  readonly channels: ChannelDirectory;
  readonly owners: () => Owners;
  readonly deliver: SendOutgoing;
};

export function createMessenger({ channels, owners, deliver }: MessengerPorts): Messenger {
  const audienceOf = (target: ReplyTarget) => audienceAt(target, owners());
  return {
    target({ channel, account, chat }) {
      if (!channels.find(channel, account)) return undefined;
      const kind = /^(-|#|&|\+|!)/.test(chat) ? "group" : "direct";
      return { channel, account, chat, kind } satisfies ReplyTarget;
    },
    audienceOf,
    async send({ target, text, label, agent, run, principal, path }) {
      const audience = audienceOf(target);
      // The sealed call decided that whoever is there may read this text; it stays as untrusted as it was.
      const readers = label.readers === "public" ? label.readers : [...new Set([...label.readers, ...audience])].sort();
      const sent = await deliver({
        to: { principal, path, audience },
        ...{ agent, run, target, text, label: { ...label, readers } },
        idempotencyKey: `message:${randomUUID()}`,
      });
      if (!sent.queued) throw new Error(`the message may not be sent: ${sent.reason}`);
    },
  };
}

function audienceAt({ channel, account, chat, kind }: ReplyTarget, owners: Owners): Exclude<Audience, "public"> {
  if (channel === webchatName) return ["owner"];
  const isOwner = owners.some((owner) => owner.channel === channel && owner.account === account && owner.id === chat);
  if (kind === "direct" && isOwner && identityOfId(channel, chat) === "immutable") return ["owner"];
  return [`${kind === "group" ? "room" : "peer"}:${channel}:${account}:${chat}`];
}
