/** Channels: open doors, shared conversations, people listed by names. */
import {
  directPeople,
  discordPeople,
  hasDiscordUsers,
  hasOpenGuilds,
  hasSlackSlash,
  type ListedPeople,
  slackRoomPeople,
  telegramGroups,
  type WrittenAccount,
  writtenAccounts,
} from "../config/channel-signs.ts";
import { agentFor, sessionKeyFor } from "../policy/session-key.ts";
import type { Cell } from "../policy/survey.ts";
import type { AuditFacts } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { ircListFindings, ircOwnerFindings, mutableIdentityFindings } from "./irc-findings.ts";
import { witnessOf } from "./witness.ts";

export function channelFindings(facts: AuditFacts): readonly Finding[] {
  return [
    ...doorFindings(facts),
    ...sharedSessionFindings(facts),
    ...writtenAccounts(facts.loaded.written).flatMap((account) => writtenFindings(facts, account)),
    ...ircOwnerFindings(facts),
    ...mutableIdentityFindings(facts),
  ];
}

/** The fresh stranger at the door of every account. */
function doorFindings(facts: AuditFacts): readonly Finding[] {
  const doors = facts.cells.filter(({ request, standing }) => {
    return request.action.kind === "message.deliver" && request.path.kind === "direct" && standing === "stranger";
  });
  const broken = facts.loaded.problems.filter(({ code }) => code === "channel.open_without_star");
  const channelOf = (path: string) => path.split(".")[1] ?? "";
  return [
    ...distinct(doors.filter(({ decision }) => decision.reason === "dm.open")).map((cell) => openDoor(facts, cell)),
    ...broken.flatMap(({ path }) => [
      openWritten(channelOf(path), path),
      {
        checkId: `channels.${channelOf(path)}.dm.open_invalid`,
        severity: "warn" as const,
        title: `${channelOf(path)} is open to anyone, but its list does not say so`,
        detail: `${path} is "open" without "*" in the list of senders; the channel is switched off.`,
        remediation: 'add "*" to mean it, or set the policy to "pairing"',
      },
    ]),
    ...distinct(doors.filter(({ decision }) => decision.reason === "dm.disabled")).map((cell) => ({
      checkId: `channels.${channelIn(cell)}.dm.disabled`,
      severity: "info" as const,
      title: `${channelIn(cell)} takes no direct messages`,
      detail: "Direct messages are switched off.",
    })),
  ];
}

const channelIn = ({ request: { path } }: Cell): string => (path.kind === "control" ? "" : path.channel);

const distinct = (cells: readonly Cell[]): readonly Cell[] => [
  ...new Map(cells.map((cell) => [channelIn(cell), cell])).values(),
];

function openWritten(channel: string, path: string): Finding {
  return {
    checkId: `channels.${channel}.dm.open`,
    severity: "critical",
    title: `Anyone can write to the agent over ${channel}`,
    detail: `${path} is "open".`,
    remediation: `set channels.${channel}.dmPolicy to "pairing"`,
  };
}

function openDoor({ loaded, access }: AuditFacts, cell: Cell): Finding {
  const channel = channelIn(cell);
  return {
    ...openWritten(channel, cell.decision.because[0]?.origin ?? `channels.${channel}`),
    ...witnessOf(access.policy, cell, loaded),
  };
}

/** People of one channel whose direct messages end up in one conversation, told by the key that routes them. */
function sharedSessionFindings({ access: { policy }, cells }: AuditFacts): readonly Finding[] {
  const people = new Map<string, Set<string>>();
  for (const { subject, standing, request, decision } of cells) {
    const { principal, path } = subject;
    if (request.action.kind !== "message.deliver" || path.kind !== "direct" || principal.kind !== "sender") continue;
    if (decision.effect !== "allow" || standing === "owner") continue;
    const key = JSON.stringify([path.channel, sessionKeyFor(policy, agentFor(policy, subject), subject)]);
    const anyone = standing === "stranger" ? ["anyone", "anyone else"] : [];
    people.set(key, new Set([...(people.get(key) ?? []), principal.id, ...subject.alike, ...anyone]));
  }
  const channels = [...people].flatMap(([key, ids]) => {
    const [channel = "", session = ""] = JSON.parse(key) as string[];
    return ids.size > 1 && session.endsWith(":main") ? [channel] : [];
  });
  return [...new Set(channels)].map((channel) => ({
    checkId: `channels.${channel}.dm.scope_main_multiuser`,
    severity: "warn",
    title: `Several ${channel} senders share one conversation`,
    detail: 'session.dmScope is "main": what one person says, the agent may tell the next.',
    remediation:
      'run: fased config set session.dmScope "per-channel-peer" (or "per-account-channel-peer" with several accounts)',
  }));
}

function writtenFindings(facts: AuditFacts, account: WrittenAccount): readonly Finding[] {
  if (account.merged["enabled"] === false) return [];
  switch (account.channel) {
    case "telegram":
      return [...nameMatching(account), ...telegramFindings(facts, account)];
    case "discord":
      return [...nameMatching(account), ...discordFindings(facts, account)];
    case "irc":
      return [...nameMatching(account), ...ircListFindings(facts, account)];
    case "slack":
      return [...nameMatching(account), ...slackFindings(facts, account)];
    default:
      return nameMatching(account);
  }
}

function nameMatching({ channel, account, own }: WrittenAccount): readonly Finding[] {
  return findingIf(own["dangerouslyAllowNameMatching"] === true, () => ({
    checkId: `channels.${channel}.allowFrom.dangerous_name_matching_enabled`,
    severity: "info",
    title: `${channel} is asked to match names${account === undefined ? "" : ` (account: ${account})`}`,
    detail: "Names can be taken by others. This version never matches names, whatever the switch says.",
  }));
}

const isTelegramId = (entry: string): boolean => entry === "*" || /^-?\d+$/.test(entry.replace(/^(tg|telegram):/i, ""));

function telegramFindings(facts: AuditFacts, account: WrittenAccount): readonly Finding[] {
  const { config } = facts.loaded;
  if (!config.commands.text || isOnlyInherited(facts, account)) return [];
  const groups = telegramGroups(account, config.channels.defaults);
  if (groups.wildcard) {
    return [
      {
        checkId: "channels.telegram.groups.allowFrom.wildcard",
        severity: "critical",
        title: "Everyone in a Telegram group may talk to the agent",
        detail: `${account.path}.groupAllowFrom contains "*".`,
        remediation: "list numeric ids",
      },
    ];
  }
  if (!groups.possible) return [];
  const names = [...groups.groupLists, ...groups.directList].filter(({ entry }) => !isTelegramId(entry));
  return [
    ...findingIf(names.length > 0, () => ({
      checkId: "channels.telegram.allowFrom.invalid_entries",
      severity: "warn",
      title: "Telegram lists hold entries that are no ids",
      detail: entriesText(names),
      remediation: "write numeric ids: a pairing request shows them",
    })),
    ...findingIf(groups.groupLists.length === 0, () => ({
      checkId: "channels.telegram.groups.allowFrom.missing",
      severity: "critical",
      title: "Telegram groups are configured without a list of senders",
      detail: `${account.path} names groups, but nobody in them. Where groups are open that is everyone, else those who may write directly.`,
      remediation: `set ${account.path}.groupAllowFrom to numeric ids`,
    })),
  ];
}

/** Settings of a channel that are no account themselves: each account is judged with what it inherits. */
function isOnlyInherited({ loaded }: AuditFacts, { channel, account, own }: WrittenAccount): boolean {
  if (account !== undefined || "botToken" in own || "tokenFile" in own) return false;
  return writtenAccounts(loaded.written).some((other) => other.channel === channel && other.account !== undefined);
}

const isDiscordId = (entry: string): boolean =>
  entry === "*" || entry === "" || /^(\d+|<@!?\d+>|(user|discord|pk):.+)$/.test(entry);
const entriesShownMax = 5;

function discordFindings({ loaded }: AuditFacts, account: WrittenAccount): readonly Finding[] {
  const names = discordPeople(account).filter(({ entry }) => !isDiscordId(entry));
  const matching = account.merged["dangerouslyAllowNameMatching"] === true;
  const { commands, channels } = loaded.config;
  const commandsOn = commands.native !== false || commands.nativeSkills !== false;
  const unlisted = commandsOn && hasOpenGuilds(account, channels.defaults) && !hasDiscordUsers(account);
  return [
    ...findingIf(names.length > 0, () => ({
      checkId: "channels.discord.allowFrom.name_based_entries",
      severity: matching ? "info" : "warn",
      title: "Discord lists hold names instead of ids",
      detail: entriesText(names.slice(0, entriesShownMax)),
      remediation: "write user ids: names can be taken by others, and never match",
    })),
    ...findingIf(unlisted && !commands.useAccessGroups, () => ({
      checkId: "channels.discord.commands.native.unrestricted",
      severity: "critical",
      title: "Every member of a Discord server may use commands",
      detail: "commands.useAccessGroups is off and no users are listed.",
      remediation: "set commands.useAccessGroups to true, or list users",
    })),
    ...findingIf(unlisted && commands.useAccessGroups && directPeople(account).length === 0, () => ({
      checkId: "channels.discord.commands.native.no_allowlists",
      severity: "warn",
      title: "Discord commands have no list of people",
      detail: `${account.path} lists neither owners nor users.`,
      remediation: `list owners in ${account.path}.dm.allowFrom, or users in its guilds`,
    })),
  ];
}

function slackFindings({ loaded }: AuditFacts, account: WrittenAccount): readonly Finding[] {
  if (!hasSlackSlash(account)) return [];
  if (!loaded.config.commands.useAccessGroups) {
    return [
      {
        checkId: "channels.slack.commands.slash.useAccessGroups_off",
        severity: "critical",
        title: "Everyone in the Slack workspace may use commands",
        detail: "commands.useAccessGroups is off.",
        remediation: "set commands.useAccessGroups to true",
      },
    ];
  }
  const listed = [...directPeople(account), ...slackRoomPeople(account)];
  return findingIf(listed.length === 0, () => ({
    checkId: "channels.slack.commands.slash.no_allowlists",
    severity: "warn",
    title: "Slack commands have no list of people",
    detail: `${account.path} lists nobody.`,
    remediation: `list user ids in ${account.path}.allowFrom`,
  }));
}

const entriesText = (people: readonly ListedPeople[]): string =>
  bullets(people.map(({ path, entry }) => `${path}: ${entry}`));
