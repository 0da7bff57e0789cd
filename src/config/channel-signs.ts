/**
 * What the text of channel settings tells beside access itself: people listed by names, lists that are missing, signs of
 * several people. Read from the file as it is written, sections that are switched off included.
 */
import type { ConfigPath } from "./path.ts";
import { isObject, type Json, type JsonObject, valueAt } from "./value.ts";

/** One channel, or one account of it, as it is written. */
export type WrittenAccount = {
  readonly channel: string;
  /** Undefined for the channel's own settings. */
  readonly account: string | undefined;
  readonly path: string;
  readonly own: JsonObject;
  /** The account's settings over the channel's. */
  readonly merged: JsonObject;
};

/** Every channel and account that is written, channels before their accounts. */
export function writtenAccounts(written: Json): readonly WrittenAccount[] {
  const channels = objectsIn(valueAt(written, ["channels"])).filter(([name]) => !notChannels.has(name));
  return channels.flatMap(([channel, own]) => {
    const { accounts, ...base } = own;
    const path = `channels.${channel}`;
    return [
      { channel, account: undefined, path, own: base, merged: base },
      ...objectsIn(accounts).map(([account, settings]) => ({
        channel,
        account,
        path: `${path}.accounts.${account}`,
        own: settings,
        merged: { ...base, ...settings },
      })),
    ];
  });
}

const notChannels: ReadonlySet<string> = new Set(["defaults", "modelByChannel"]);

const objectsIn = (value: Json | undefined): readonly (readonly [string, JsonObject])[] =>
  isObject(value) ? Object.entries(value).filter((entry): entry is [string, JsonObject] => isObject(entry[1])) : [];

const textsAt = (value: Json, path: ConfigPath): readonly string[] => {
  const list = valueAt(value, path);
  return Array.isArray(list) ? (list as readonly Json[]).map((item) => String(item).trim()) : [];
};

const holdsAny = (value: Json | undefined): boolean => isObject(value) && Object.keys(value).length > 0;
const groupTargets = ["groups", "guilds", "channels", "rooms"];
const hasTargets = (settings: JsonObject) =>
  groupTargets.some((key) => holdsAny(settings[key]) || (key === "channels" && textsAt(settings, [key]).length > 0));

/** Settings that let more than one person talk, as `path="value"`. */
export function multiPersonSigns(written: Json): readonly string[] {
  return writtenAccounts(written).flatMap(({ path, own, merged }) => [
    ...(own["groupPolicy"] === "open" ? [`${path}.groupPolicy="open"`] : []),
    ...(own["groupPolicy"] === "allowlist" && hasTargets(merged)
      ? [`${path}.groupPolicy="allowlist" with configured group targets`]
      : []),
    ...(own["dmPolicy"] === "open" ? [`${path}.dmPolicy="open"`] : []),
    ...(textsAt(own, ["allowFrom"]).includes("*") ? [`${path}.allowFrom includes "*"`] : []),
    ...(textsAt(own, ["groupAllowFrom"]).includes("*") ? [`${path}.groupAllowFrom includes "*"`] : []),
  ]);
}

/** How many channels say each group policy, at their top level. */
export function groupPolicyCounts(written: Json): { readonly open: number; readonly allowlist: number } {
  const channels = writtenAccounts(written).filter(({ account }) => account === undefined);
  const count = (policy: string) => channels.filter(({ own }) => own["groupPolicy"] === policy).length;
  return { open: count("open"), allowlist: count("allowlist") };
}

export type ListedPeople = { readonly path: string; readonly entry: string };

const entriesOf = (path: string, settings: JsonObject, key: ConfigPath): readonly ListedPeople[] =>
  textsAt(settings, key).map((entry) => ({ path: `${path}.${key.join(".")}`, entry }));

/** Every entry of the lists of people of a Discord account. */
export function discordPeople({ path, own }: WrittenAccount): readonly ListedPeople[] {
  const guilds = objectsIn(own["guilds"]).flatMap(([guild, settings]) => [
    ...entriesOf(`${path}.guilds.${guild}`, settings, ["users"]),
    ...objectsIn(settings["channels"]).flatMap(([room, inner]) =>
      entriesOf(`${path}.guilds.${guild}.channels.${room}`, inner, ["users"]),
    ),
  ]);
  return [...entriesOf(path, own, ["allowFrom"]), ...entriesOf(path, own, ["dm", "allowFrom"]), ...guilds];
}

/** Whether a Discord account has a list of users anywhere in its guilds. */
export const hasDiscordUsers = (account: WrittenAccount): boolean =>
  discordPeople(account).some(({ path }) => path.includes(".guilds."));

/** The owners' list of an account: who may write, or write directly. */
export function directPeople({ path, merged }: WrittenAccount): readonly ListedPeople[] {
  return [...entriesOf(path, merged, ["allowFrom"]), ...entriesOf(path, merged, ["dm", "allowFrom"])];
}

/** Every entry of the lists of people of an IRC account. */
export function ircPeople({ path, own }: WrittenAccount): readonly ListedPeople[] {
  const rooms = objectsIn(own["groups"]).flatMap(([room, settings]) =>
    ["allowFrom", "users"].flatMap((list) => entriesOf(`${path}.groups.${room}`, settings, [list])),
  );
  return [...entriesOf(path, own, ["allowFrom"]), ...entriesOf(path, own, ["groupAllowFrom"]), ...rooms];
}

/** Lists of users of Slack rooms. */
export const slackRoomPeople = ({ path, merged }: WrittenAccount): readonly ListedPeople[] =>
  objectsIn(merged["channels"]).flatMap(([room, settings]) =>
    entriesOf(`${path}.channels.${room}`, settings, ["users"]),
  );

/** `channels.defaults`, for channels that say nothing. */
type GroupDefaults = { readonly groupPolicy: string };

export type TelegramGroups = {
  readonly possible: boolean;
  readonly wildcard: boolean;
  /** Lists that say who may talk in groups. */
  readonly groupLists: readonly ListedPeople[];
  readonly directList: readonly ListedPeople[];
};

/** Who may talk in groups of a Telegram account, as far as it is written. */
export function telegramGroups({ path, merged }: WrittenAccount, defaults: GroupDefaults): TelegramGroups {
  const policy = merged["groupPolicy"] ?? defaults.groupPolicy;
  const groups = objectsIn(merged["groups"]).flatMap(([group, settings]) => [
    ...entriesOf(`${path}.groups.${group}`, settings, ["allowFrom"]),
    ...objectsIn(settings["topics"]).flatMap(([topic, inner]) =>
      entriesOf(`${path}.groups.${group}.topics.${topic}`, inner, ["allowFrom"]),
    ),
  ]);
  const everywhere = entriesOf(path, merged, ["groupAllowFrom"]);
  return {
    possible: policy === "open" || (policy === "allowlist" && holdsAny(merged["groups"])),
    wildcard: everywhere.some(({ entry }) => entry === "*"),
    groupLists: [...everywhere, ...groups],
    directList: entriesOf(path, merged, ["allowFrom"]),
  };
}

/** Whether slash commands of Slack are on. */
export const hasSlackSlash = ({ merged }: WrittenAccount): boolean =>
  valueAt(merged, ["slashCommand", "enabled"]) === true ||
  [valueAt(merged, ["commands", "native"]), valueAt(merged, ["commands", "nativeSkills"])].includes(true);

/** Whether a Discord account closes groups and has no guild. */
export const hasOpenGuilds = ({ merged }: WrittenAccount, defaults: GroupDefaults): boolean =>
  (merged["groupPolicy"] ?? defaults.groupPolicy) !== "disabled" && holdsAny(merged["guilds"]);
