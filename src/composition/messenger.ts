/** What the Gateway sends of itself or for a tool: messages to other chats, reminders that became due. */
import { randomUUID } from "node:crypto";
import type { ReplyTarget } from "../channels/contract.ts";
import { webchatName } from "../channels/webchat/webchat.ts";
import type { Outgoing } from "../inbound/deliver.ts";
import { comparableId } from "../policy/access.ts";
import type { Audience, Label } from "../policy/label.ts";
import { audienceOf as audienceAt } from "../policy/labels-of.ts";
import type { Policy } from "../policy/policy.ts";
import { agentFor, type Speaking, sessionKeyFor } from "../policy/session-key.ts";
import { identityOfId, standingOf } from "../policy/standing.ts";
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
    enters: session,
    target,
    text: late ? `Reminder (late, it was due ${new Date(reminder.dueAt).toISOString()}): ${text}` : `Reminder: ${text}`,
    label,
    idempotencyKey: `reminder:${id}`,
  });
  if (!sent.queued) throw new Error(`the reminder may not be sent: ${sent.reason}`);
}

type MessengerPorts = {
  readonly channels: ChannelDirectory;
  readonly policy: () => Policy;
  readonly deliver: SendOutgoing;
};

export function createMessenger({ channels, policy, deliver }: MessengerPorts): Messenger {
  const personAt = ({ channel, account, chat }: Omit<ReplyTarget, "kind">) => {
    const found = channels.find(channel, account);
    return found?.peerAt ? found.peerAt(chat) : { id: chat, identity: identityOfId(channel, chat) };
  };
  const speakingAt = (target: ReplyTarget): Speaking => {
    const { channel, account, chat, kind } = target;
    const person = personAt(target) ?? { id: chat, identity: "mutable" };
    const principal = { kind: "sender", channel, account, id: person.id, identity: person.identity } as const;
    if (kind === "direct") return { principal, path: { kind, channel, account } };
    return { principal, path: { kind, channel, account, group: chat, mention: "undetectable" } };
  };
  const audienceOf = (target: ReplyTarget) => {
    if (target.channel === webchatName) return ["owner"];
    const { principal, path } = speakingAt(target);
    return audienceAt({ principal, path }, standingOf(policy(), principal, path));
  };
  /** Where the people there will be answered; undefined where nobody knows who they are. */
  const sessionAt = (target: ReplyTarget): string | undefined => {
    if (target.channel === webchatName) return target.chat;
    if (target.kind === "direct" && personAt(target) === undefined) return undefined;
    const speaking = speakingAt(target);
    return sessionKeyFor(policy(), agentFor(policy(), speaking), speaking);
  };
  return {
    target({ channel, account, chat }) {
      if (!channels.find(channel, account)) return undefined;
      if (/^(-|#|&|\+|!)/.test(chat)) return { channel, account, chat: comparableId(channel, chat), kind: "group" };
      const person = personAt({ channel, account, chat });
      // Whoever is vouched for is written to under that id: a name may be somebody else's by then.
      return { channel, account, chat: person?.identity === "immutable" ? person.id : chat, kind: "direct" };
    },
    audienceOf,
    async send({ target, text, label, agent, run, principal, path, here }) {
      const audience = here?.audience ?? audienceOf(target);
      const session = here?.session ?? sessionAt(target);
      const sent = await deliver({
        to: { principal, path, audience },
        ...{ agent, run, target, text, label: readBy(label, audience) },
        ...(session === undefined ? {} : { enters: session }),
        idempotencyKey: `message:${randomUUID()}`,
      });
      if (!sent.queued) throw new Error(`the message may not be sent: ${sent.reason}`);
    },
  };
}

/** The sealed call decided that whoever is there may read this text; it stays as untrusted as it was. */
function readBy(label: Label, audience: Audience): Label {
  if (label.readers === "public" || audience === "public") return label;
  return { ...label, readers: [...new Set([...label.readers, ...audience])].sort() };
}
