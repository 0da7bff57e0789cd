import * as z from "zod";
import {
  block,
  count,
  defaulted,
  flag,
  ids,
  inherit,
  inheriting,
  key,
  later,
  positive,
  secretKey,
  text,
  texts,
} from "../key.ts";
import { type NotShippedChannel, notShippedChannels } from "./channel-names.ts";
import { toolPolicy } from "./tools.ts";

const groupPolicy = () => z.enum(["open", "disabled", "allowlist"]);

/** Access of one group, room or topic. */
const roomShape = () => ({
  enabled: key(flag().optional(), "`false` closes this group."),
  requireMention: key(
    flag().optional(),
    "Answers only when mentioned. Unset: true.",
    "`false` reacts to every message.",
  ),
  groupPolicy: key(groupPolicy().optional(), "Overrides the channel's group policy for this group."),
  allowFrom: key(ids().optional(), "Who of the group may talk to the agent."),
  users: key(ids().optional(), "Same as `allowFrom`, where the channel calls it users."),
  tools: toolPolicy().optional(),
  toolsBySender: key(z.record(z.string(), toolPolicy()).optional(), "Sender id, or `*` → tool policy in this group."),
});

const room = () =>
  z.strictObject({
    ...roomShape(),
    topics: key(z.record(z.string(), z.strictObject(roomShape())).optional(), "Topic id → overrides."),
  });

/** Who may reach an agent over a channel: the same for every channel. */
const accessShape = () => ({
  enabled: key(flag(), "`false` leaves the channel off."),
  dmPolicy: key(
    z.enum(["pairing", "allowlist", "open", "disabled"]),
    'Who may write direct messages. `open` needs `allowFrom: ["*"]`.',
    "`open` lets anyone talk to the agent.",
  ),
  allowFrom: key(ids(), 'Provider ids that may write direct messages; `"*"` only with `dmPolicy: "open"`.'),
  groupPolicy: key(
    groupPolicy(),
    "Which groups are answered. Unset: `channels.defaults.groupPolicy`.",
    "`open` answers in any group.",
  ),
  groupAllowFrom: key(
    ids(),
    'Provider ids that may talk in groups; `"*"` only with `groupPolicy: "open"`. Unset: `allowFrom`.',
  ),
  groups: key(
    z.record(z.string(), later(room)),
    "Group id → its rules; a listed group is allowed, `*` stands for all.",
  ),
  toolsBySender: key(
    z.record(z.string(), toolPolicy()),
    "Sender id, or `*` → tool policy in direct messages; `allow` of an id gives that person these tools and no others.",
    "Gives a person tools beyond the profile.",
  ),
});

const talkShape = () => ({
  name: key(text(), "Name of the account, for people."),
  historyLimit: key(count(), "Unanswered group messages kept as context."),
  textChunkLimit: key(z.int().min(200).max(20_000), "Longest message sent in one piece, in characters."),
  chunkMode: key(z.enum(["length", "newline"]), "Where long messages are cut."),
  responsePrefix: key(text(), "Put before each answer; `auto` is the agent's name."),
});

const talkDefaults = {
  enabled: true,
  dmPolicy: "pairing",
  allowFrom: [],
  groups: {},
  toolsBySender: {},
  chunkMode: "length",
} as const;

const telegramShape = () => ({
  ...accessShape(),
  ...talkShape(),
  botToken: secretKey("Token of the bot, from BotFather."),
  tokenFile: key(text(), "File that holds the token instead."),
  apiRoot: key(
    z.url({ protocol: /^https?$/ }),
    "Another Bot API server, for example one of your own.",
    "It sees the bot's token.",
  ),
  timeoutSeconds: key(positive(), "Time limit of a Bot API call, in seconds."),
  replyToMode: key(z.enum(["off", "first", "all"]), "Which answers quote the question."),
  linkPreview: key(flag(), "Shows previews of links."),
});

const ircShape = () => ({
  ...accessShape(),
  ...talkShape(),
  host: key(text().min(1), "Name or address of the server."),
  port: key(z.int().min(1).max(65_535), "Port. Unset: 6697 with TLS, 6667 without."),
  tls: key(flag(), "Connects with TLS.", "Without TLS everything, passwords too, is readable on the way."),
  nick: key(text().min(1), "Nickname of the bot."),
  username: key(text(), "User name; unset, the nickname."),
  realname: key(text(), "Real name; unset, the nickname."),
  password: secretKey("Server password."),
  passwordFile: key(text(), "File that holds the server password instead."),
  channels: key(texts(), "Rooms to join."),
  mentionPatterns: key(texts(), "Regular expressions that count as a mention, beside the nickname."),
  nickserv: z.strictObject({
    enabled: key(flag().default(true), "Identifies to NickServ after connecting."),
    service: key(text().default("NickServ"), "Nickname of the service."),
    password: secretKey("NickServ password.").optional(),
    passwordFile: key(text().optional(), "File that holds it instead."),
    register: key(flag().default(false), "Registers the nickname."),
    registerEmail: key(text().optional(), "Mail address for registering."),
  }),
});

/** The account that a channel's own settings describe. */
const defaultAccount = "default";

type Accounts = Record<string, object>;

/**
 * Makes every account complete: its own settings over the channel's. The channel's settings are an account of their
 * own, `default`, where they hold a credential or no account is listed.
 */
function withCompleteAccounts(isAccount: (settings: Record<string, unknown>) => boolean) {
  return <T extends { accounts: Accounts }>(channel: T) => {
    const { accounts, ...base } = channel;
    const complete: Record<string, Omit<T, "accounts">> = {};
    if (Object.keys(accounts).length === 0 || isAccount(base)) complete[defaultAccount] = base;
    for (const [id, own] of Object.entries(accounts)) complete[id] = inherit(base, own);
    return { ...base, accounts: complete };
  };
}

const accountsOf = <S extends z.ZodType>(schema: S) =>
  key(
    z.record(z.string(), schema).default({}),
    "Account id → settings of that account; what is left out comes from the channel.",
  );

const telegram = () => {
  const shape = telegramShape();
  const defaults = {
    ...talkDefaults,
    timeoutSeconds: 60,
    replyToMode: "first",
    linkPreview: true,
    textChunkLimit: 4_000,
  } as const;
  return z
    .strictObject({ ...defaulted(shape, defaults), accounts: accountsOf(z.strictObject(inheriting(shape))) })
    .transform(withCompleteAccounts(({ botToken, tokenFile }) => botToken !== undefined || tokenFile !== undefined));
};

const irc = () => {
  const shape = ircShape();
  const defaults = { ...talkDefaults, tls: true, nick: "fased", channels: [], mentionPatterns: [] };
  return z
    .strictObject({ ...defaulted(shape, defaults), accounts: accountsOf(z.strictObject(inheriting(shape))) })
    .transform(withCompleteAccounts(({ host }) => host !== undefined));
};

/** A channel of the reference that this version does not ship: its access settings are read, checked and audited. */
const notShipped = later(() => {
  const shape = { ...accessShape(), ...talkShape() };
  return z
    .strictObject({ ...defaulted(shape, talkDefaults), accounts: accountsOf(z.strictObject(inheriting(shape))) })
    .transform(withCompleteAccounts(() => true));
}).optional();

type NotShipped = Record<NotShippedChannel, typeof notShipped>;

export const channels = block({
  defaults: block({
    groupPolicy: key(
      groupPolicy().default("allowlist"),
      "Group policy of every channel that sets none.",
      "`open` answers in any group.",
    ),
  }),
  telegram: later(telegram).optional(),
  irc: later(irc).optional(),
  webchat: block({ enabled: key(flag().default(true), "Chat in the Control UI.") }),
  ...(Object.fromEntries(notShippedChannels.map((name) => [name, notShipped])) as NotShipped),
});
