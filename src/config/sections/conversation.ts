import * as z from "zod";
import { block, count, flag, ids, key, later, positive, text, texts } from "../key.ts";
import { groupChat } from "./agents.ts";

export const messages = block({
  responsePrefix: key(text().optional(), "Put before each answer; `auto` is the agent's name."),
  ackReaction: key(text().optional(), "Reaction to a message that was received; empty is none."),
  ackReactionScope: key(
    z.enum(["group-mentions", "group-all", "direct", "all", "off", "none"]).default("group-mentions"),
    "Which messages get the reaction.",
  ),
  removeAckAfterReply: key(flag().default(false), "Takes the reaction back once answered."),
  queue: block({
    mode: key(
      z
        .enum(["steer", "followup", "collect", "steer-backlog", "steer+backlog", "queue", "interrupt"])
        .default("collect"),
      "What happens with messages that come while a turn runs.",
    ),
    debounceMs: key(count().default(1_000), "Quiet time before collected messages run, in milliseconds."),
    cap: key(positive().default(20), "Messages that may wait in one session."),
    drop: key(z.enum(["old", "new", "summarize"]).default("summarize"), "What happens beyond the cap."),
  }),
  inbound: block({
    debounceMs: key(count().default(0), "Joins messages that follow within this time, in milliseconds."),
    byChannel: key(z.record(z.string(), count()).default({}), "Channel → its own time."),
  }),
  groupChat: groupChat().prefault({ historyLimit: 50 }),
});

const onOffAuto = () => z.union([z.boolean(), z.literal("auto")], { error: "expected true, false or `auto`" });

export const commands = block({
  native: key(onOffAuto().default("auto"), "Registers commands with the platform."),
  nativeSkills: key(onOffAuto().default("auto"), "Registers skills as commands."),
  text: key(flag().default(true), "Understands commands written as text."),
  bash: key(flag().default(false), "Offers `/bash`.", "Runs shell text from chat on the host."),
  bashForegroundMs: key(
    z.int().min(0).max(30_000).default(2_000),
    "Time until `/bash` goes to the background, in milliseconds.",
  ),
  config: key(flag().default(false), "Offers `/config`.", "Changes the config from chat."),
  debug: key(flag().default(false), "Offers `/debug`."),
  restart: key(flag().default(false), "Offers `/restart`."),
  useAccessGroups: key(
    flag().default(true),
    "Commands follow the access rules of the channel.",
    "`false` lets everyone use them.",
  ),
  allowFrom: key(
    z.record(z.string(), ids()).optional(),
    "Channel or `*` → ids that may use commands; when set, nothing else authorises commands.",
  ),
});

const binding = () =>
  z.strictObject({
    agentId: key(text().min(1), "Agent that answers."),
    comment: key(text().optional(), "For people."),
    match: z.strictObject({
      channel: key(text().min(1), "Channel of the conversation."),
      accountId: key(text().optional(), "Account; unset is `default`, `*` is any."),
      peer: z
        .strictObject({
          kind: key(z.enum(["direct", "group", "channel", "dm"]), "Kind of conversation."),
          id: key(text().min(1), "Provider id of the conversation."),
        })
        .optional(),
      guildId: key(text().optional(), "Discord server."),
      teamId: key(text().optional(), "Slack or Teams team."),
      roles: key(texts().optional(), "Discord roles, any of them."),
    }),
  });

export const bindings = key(
  z.array(later(binding)).default([]),
  "Which agent answers where; the most specific match wins, in file order.",
  "A binding may route strangers to an agent with broad tools.",
);
