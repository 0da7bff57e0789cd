/** Names of channels: those of this version, and those of the reference that it does not ship. */

const channelNames = [
  "whatsapp",
  "telegram",
  "discord",
  "slack",
  "signal",
  "imessage",
  "bluebubbles",
  "googlechat",
  "msteams",
  "matrix",
  "irc",
  "mattermost",
  "feishu",
  "line",
  "zalo",
  "zalouser",
  "nextcloud-talk",
  "synology-chat",
  "nostr",
  "tlon",
  "twitch",
  "webchat",
] as const;

type ChannelName = (typeof channelNames)[number];
type ShippedChannel = "telegram" | "irc" | "webchat";
export type NotShippedChannel = Exclude<ChannelName, ShippedChannel>;

const shippedChannels: readonly string[] = ["telegram", "irc", "webchat"] satisfies readonly ShippedChannel[];

export const notShippedChannels: readonly NotShippedChannel[] = channelNames.filter(
  (name): name is NotShippedChannel => !shippedChannels.includes(name),
);

/** Every channel that a config may name. */
export const knownChannels: readonly string[] = channelNames;
