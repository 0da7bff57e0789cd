/** Everything of a config that decides about access, in the form that rules read. Only `compile` makes it. */
import type { Config } from "../config/schema.ts";
import type { Grants } from "./grants.ts";
import { placeKey } from "./rule.ts";

/** The part of the config that policy reads. */
export type PolicyConfig = Pick<
  Config,
  "agents" | "bindings" | "channels" | "gateway" | "security" | "session" | "tools"
>;

type ConfiguredChannel = NonNullable<Config["channels"]["whatsapp"]>;
type ConfiguredRoom = ConfiguredChannel["groups"][string];
type ConfiguredTools = NonNullable<ConfiguredRoom["tools"]>;

/** A list of people. Nobody, unless it names somebody. */
export type People = { readonly anyone: boolean; readonly ids: ReadonlySet<string> };

/** Tool settings of one scope, with the config key they stand under. */
export type ToolScope = ConfiguredTools & { readonly origin: string };

export type Room = {
  readonly origin: string;
  readonly enabled: boolean | undefined;
  readonly requireMention: boolean | undefined;
  readonly groupPolicy: "open" | "disabled" | "allowlist" | undefined;
  readonly senders: People | undefined;
  readonly topics: ReadonlyMap<string, Room>;
  readonly tools: ToolScope | undefined;
  /** Sender id, or `*`. */
  readonly toolsBySender: ReadonlyMap<string, ToolScope>;
};

export type Account = {
  readonly channel: string;
  readonly account: string;
  readonly origin: string;
  readonly enabled: boolean;
  readonly dmPolicy: "pairing" | "allowlist" | "open" | "disabled";
  readonly allowFrom: People;
  readonly paired: ReadonlySet<string>;
  readonly owners: ReadonlySet<string>;
  readonly groupPolicy: "open" | "disabled" | "allowlist";
  readonly groupSenders: People;
  readonly groupSendersOrigin: string;
  readonly rooms: ReadonlyMap<string, Room>;
  /** For direct chats: sender id, or `*`. */
  readonly toolsBySender: ReadonlyMap<string, ToolScope>;
};

type ConfiguredAgent = PolicyConfig["agents"]["list"][number];

const toolKeys = [
  "profile",
  "ownerProfile",
  "allow",
  "alsoAllow",
  "deny",
  "byProvider",
  "fs",
  "sandbox",
  "subagents",
] as const;
const execKeys = [
  "security",
  "ask",
  "applyPatch",
  "tasks",
  "safeBins",
  "safeBinTrustedDirs",
  "safeBinProfiles",
] as const;

type AccessOfTools<T extends { exec?: unknown }> = Pick<T, (typeof toolKeys)[number] & keyof T> & {
  readonly exec: Pick<NonNullable<T["exec"]>, (typeof execKeys)[number] & keyof NonNullable<T["exec"]>>;
};

export type AgentAccess = Pick<ConfiguredAgent, "id" | "default"> & {
  readonly sandbox: Pick<ConfiguredAgent["sandbox"], "mode">;
  readonly tools: AccessOfTools<ConfiguredAgent["tools"]>;
};

export type Access = {
  /** By `placeKey`. */
  readonly accounts: ReadonlyMap<string, Account>;
  readonly agents: readonly AgentAccess[];
  readonly tools: AccessOfTools<PolicyConfig["tools"]>;
  readonly httpTools: PolicyConfig["gateway"]["tools"];
  readonly flow: "enforce" | "observe";
  readonly session: Pick<PolicyConfig["session"], "scope" | "dmScope" | "ownerScope" | "identityLinks">;
  readonly bindings: PolicyConfig["bindings"];
};

/** Reads everything that decides about access out of a config and the grants beside it. */
export function readAccess(config: PolicyConfig, grants: Grants): Access {
  const accounts = new Map<string, Account>();
  for (const [channel, settings] of Object.entries(config.channels)) {
    const configured = settings && "accounts" in settings ? settings.accounts : {};
    for (const [account, own] of Object.entries(configured)) {
      accounts.set(
        placeKey(channel, account),
        readAccount({ channel, account, own: own as ConfiguredChannel }, config, grants),
      );
    }
  }
  return {
    accounts,
    agents: config.agents.list.map(readAgent),
    tools: { ...pick(config.tools, toolKeys), exec: pick(config.tools.exec, execKeys) },
    httpTools: config.gateway.tools,
    flow: config.security.informationFlow.mode,
    session: pick(config.session, ["scope", "dmScope", "ownerScope", "identityLinks"]),
    bindings: config.bindings,
  };
}

function readAgent({ id, default: isDefault, sandbox, tools }: ConfiguredAgent): AgentAccess {
  return {
    id,
    default: isDefault,
    sandbox: pick(sandbox, ["mode"]),
    tools: { ...pick(tools, toolKeys), exec: pick(tools.exec ?? {}, execKeys) },
  };
}

/** The named keys of an object, those that it lacks left out: what has no say in access stays out of the policy. */
function pick<T extends object, Key extends keyof T>(source: T, keys: readonly Key[]): Pick<T, Key> {
  return Object.fromEntries(keys.filter((key) => key in source).map((key) => [key, source[key]])) as Pick<T, Key>;
}

/** The id in the one form in which ids are compared. IRC folds case; every other channel's ids are exact. */
export function comparableId(channel: string, id: string): string {
  return channel === "irc" ? id.toLowerCase() : id;
}

/** An id as people write it in the config: `telegram:123`, `tg:123` and `id:123` mean `123`. */
export function listedId(channel: string, entry: string): string {
  const short = channel === "telegram" ? "tg" : channel;
  const prefixes = [`${channel}:`, `${short}:`, "id:", "e164:"];
  const text = entry.trim();
  const prefix = prefixes.find((start) => text.toLowerCase().startsWith(start));
  return comparableId(channel, prefix === undefined ? text : text.slice(prefix.length));
}

type Place = { readonly channel: string; readonly account: string; readonly own: ConfiguredChannel };

function readAccount({ channel, account, own }: Place, config: PolicyConfig, grants: Grants): Account {
  const origin = account === "default" ? `channels.${channel}` : `channels.${channel}.accounts.${account}`;
  const here = (person: { channel: string; account: string }) =>
    person.channel === channel && person.account === account;
  const idsOf = (people: readonly { channel: string; account: string; id: string }[]) =>
    new Set(people.filter(here).map(({ id }) => comparableId(channel, id)));
  return {
    channel,
    account,
    origin,
    enabled: own.enabled,
    dmPolicy: own.dmPolicy,
    allowFrom: readPeople(channel, own.allowFrom),
    paired: idsOf(grants.paired),
    owners: idsOf(config.security.owners.map((owner) => ({ ...owner, id: listedId(channel, owner.id) }))),
    groupPolicy: own.groupPolicy ?? config.channels.defaults.groupPolicy,
    groupSenders: readPeople(channel, own.groupAllowFrom ?? own.allowFrom),
    groupSendersOrigin: `${origin}.${own.groupAllowFrom ? "groupAllowFrom" : "allowFrom"}`,
    rooms: readRooms(channel, `${origin}.groups`, own.groups),
    toolsBySender: readSenderScopes(channel, origin, own.toolsBySender),
  };
}

function readPeople(channel: string, entries: readonly string[]): People {
  const ids = new Set(entries.map((entry) => listedId(channel, entry)));
  const anyone = ids.delete("*");
  ids.delete("");
  return { anyone, ids };
}

type Rooms = Readonly<Record<string, Omit<ConfiguredRoom, "topics"> & { topics?: ConfiguredRoom["topics"] }>>;

function readRooms(channel: string, origin: string, rooms: Rooms): ReadonlyMap<string, Room> {
  const entries = Object.entries(rooms).map(([id, room]) => {
    const at = `${origin}.${id}`;
    return [comparableId(channel, id), readRoom(channel, at, room)] as const;
  });
  return new Map(entries);
}

function readRoom(channel: string, origin: string, room: Rooms[string]): Room {
  const { enabled, requireMention, groupPolicy, tools } = room;
  const senders = room.allowFrom ?? room.users;
  return {
    origin,
    enabled,
    requireMention,
    groupPolicy,
    senders: senders && readPeople(channel, senders),
    topics: readRooms(channel, `${origin}.topics`, room.topics ?? {}),
    tools: tools && { ...tools, origin: `${origin}.tools` },
    toolsBySender: readSenderScopes(channel, origin, room.toolsBySender),
  };
}

function readSenderScopes(channel: string, origin: string, scopes: Readonly<Record<string, ConfiguredTools>> = {}) {
  const entries = Object.entries(scopes).map(([key, scope]) => {
    return [listedId(channel, key), { ...scope, origin: `${origin}.toolsBySender.${key}` }] as const;
  });
  return new Map(entries);
}
