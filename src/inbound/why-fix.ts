/** For each reason why a message got no answer: a sentence for people and the one line that changes it. */
import type { Envelope } from "../channels/contract.ts";

type Why = { readonly text: string; readonly fix: string };

export function fixFor(reason: string, envelope: Envelope): Why {
  return (reasons[reason] ?? unlisted)(envelope, reason);
}

const unlisted = (envelope: Envelope, reason: string): Why => ({
  text: `The policy refused it (${reason}).`,
  fix: `fased security explain --from ${envelope.channel}:${envelope.sender.id}`,
});

const reasons: Readonly<Record<string, (envelope: Envelope, reason: string) => Why>> = {
  "dm.pairing_required": ({ channel, sender }) => ({
    text: "An unknown sender got a pairing code; the message was not read.",
    fix: `fased pairing list ${channel}, then: fased pairing approve ${channel} <code for ${sender.id}>`,
  }),
  "dm.pairing_limited": ({ channel }) => ({
    text: "Too many unknown senders wait for pairing; this one got no code.",
    fix: `fased pairing list ${channel}, and approve or reject what waits`,
  }),
  "dm.disabled": ({ channel }) => ({
    text: "Direct messages are switched off here.",
    fix: `fased config set channels.${channel}.dmPolicy pairing`,
  }),
  "dm.not_listed": ({ channel, sender }) => ({
    text: "The sender is not on the list of those who may write.",
    fix: `add "${sender.id}" to channels.${channel}.allowFrom`,
  }),
  "group.mention_required": ({ channel, chat }) => ({
    text: "The agent was not mentioned in a group that requires it.",
    fix: `mention it, or set channels.${channel}.groups["${chat.id}"].requireMention to false`,
  }),
  "group.not_listed": ({ channel, chat }) => ({
    text: "The group is not listed.",
    fix: `add "${chat.id}" to channels.${channel}.groups`,
  }),
  "group.sender_not_listed": ({ channel, sender }) => ({
    text: "The sender is not on the list of those who may write in groups.",
    fix: `add "${sender.id}" to channels.${channel}.groupAllowFrom`,
  }),
  "group.disabled": ({ channel }) => ({
    text: "Groups are switched off here.",
    fix: `fased config set channels.${channel}.groupPolicy allowlist`,
  }),
  "channel.disabled": ({ channel }) => ({
    text: "The channel is switched off.",
    fix: `fased config set channels.${channel}.enabled true`,
  }),
  "message.edit_ignored": () => ({
    text: "It changed an earlier message; only the first wording is read.",
    fix: "send the new wording as a message",
  }),
  "message.reaction_ignored": () => ({ text: "It was a reaction, which asks for nothing.", fix: "send a message" }),
  "message.button_ignored": () => ({
    text: "The button belongs to a card that this sender may not decide, or that is gone.",
    fix: "decide it in the Control UI or with: fased approvals list",
  }),
};
