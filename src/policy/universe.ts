/**
 * The finite world in which a policy is looked at: one request for every way in which requests can differ to it. It
 * holds every id, group, agent and tool that a policy names, and one fresh one of each kind for all the others.
 */
import { type Access, type Account, listedId, type Room } from "./access.ts";
import type { Policy } from "./policy.ts";
import { meaningOf } from "./policy-hash.ts";
import { type Path, type Principal, scopes } from "./request.ts";
import { toolIds, toolName } from "./tools.ts";

/** Somebody at a place. `alike`: the other ids that every policy of the universe treats the same way here. */
export type Subject = { readonly principal: Principal; readonly path: Path; readonly alike: readonly string[] };

export type Universe = {
  readonly subjects: readonly Subject[];
  readonly agents: readonly string[];
  /** `tool` or `tool:action`. */
  readonly tools: readonly string[];
  readonly providers: readonly (string | undefined)[];
  readonly sessions: readonly ("main" | "other")[];
};

/** Ids that no config names. */
export const freshId = "fresh-id";

/** The universe of one or several policies: every difference that any of them makes is in it. */
export function universeOf(...policies: readonly Policy[]): Universe {
  const accesses = policies.flatMap(({ parts }) => parts.map(({ access }) => access));
  const agents = [...new Set(accesses.flatMap((access) => access.agents.map(({ id }) => id)))];
  const nonMain = accesses.some((access) => access.agents.some(({ sandbox }) => sandbox.mode === "non-main"));
  return {
    subjects: [...operators, ...chatSubjects(accesses)],
    agents,
    tools: [...new Set([...toolIds, "whatsapp_login", "fresh_tool", ...accesses.flatMap(namedTools)])],
    providers: [undefined, ...new Set(accesses.flatMap(namedProviders))],
    sessions: nonMain ? ["main", "other"] : ["main"],
  };
}

const operators: readonly Subject[] = (["ws", "http"] as const).map((transport) => ({
  principal: { kind: "operator", id: freshId, scopes, via: transport === "ws" ? "webchat" : "http" },
  path: { kind: "control", transport },
  alike: [],
}));

function chatSubjects(accesses: readonly Access[]): readonly Subject[] {
  const places = new Map(accesses.flatMap(({ accounts }) => [...accounts]));
  return [...places].flatMap(([key, place]) => {
    const accounts = accesses.map(({ accounts }) => accounts.get(key)).filter((account) => account !== undefined);
    return accountSubjects(place, accounts);
  });
}

function accountSubjects(place: Account, accounts: readonly Account[]): readonly Subject[] {
  const { channel, account } = place;
  const at = { channel, account };
  const identities = channel === "irc" ? (["immutable", "mutable"] as const) : (["immutable"] as const);
  const paths: readonly Path[] = [{ kind: "direct", ...at }, ...groupPaths(at, accounts)];
  return alikeIds(channel, accounts).flatMap(([id = freshId, ...alike]) =>
    identities.flatMap((identity) =>
      paths.map((path): Subject => ({ principal: { kind: "sender", ...at, id, identity }, path, alike })),
    ),
  );
}

const roomsOf = (account: Account): readonly Room[] =>
  [...account.rooms.values()].flatMap((room) => [room, ...room.topics.values()]);

/** Ids in classes: the members of a class stand in the same lists of every account. The fresh id is one of them. */
function alikeIds(channel: string, accounts: readonly Account[]): readonly (readonly string[])[] {
  const lists = accounts.flatMap((account) => [
    account.allowFrom.ids,
    account.groupSenders.ids,
    account.paired,
    account.owners,
    ...senderScopeIds(account),
    ...roomsOf(account).flatMap((room) => [room.senders?.ids ?? new Set<string>(), ...senderScopeIds(room)]),
  ]);
  const ids = [listedId(channel, freshId), ...new Set(lists.flatMap((list) => [...list]))];
  return classesOf(ids, (id) => meaningOf(lists.map((list) => list.has(id))));
}

const senderScopeIds = ({ toolsBySender }: Pick<Account, "toolsBySender">) =>
  [...toolsBySender.keys()].filter((key) => key !== "*").map((key) => new Set([key]));

function groupPaths(at: { channel: string; account: string }, accounts: readonly Account[]): readonly Path[] {
  const named = accounts.flatMap(({ rooms }) => [...rooms.keys()]).filter((group) => group !== "*");
  const settings = (group: string) => meaningOf(accounts.map(({ rooms }) => roomMeaning(rooms.get(group))));
  const groups = classesOf([freshId, ...new Set(named)], settings).map(([group = freshId]) => group);
  return groups.flatMap((group) =>
    topicsOf(group, accounts).flatMap((topic) =>
      (["mentioned", "unmentioned"] as const).map((mention) => ({ kind: "group", ...at, group, mention, ...topic })),
    ),
  );
}

/** A room's settings without the key they stand under: two rooms that differ by name only are alike. */
function roomMeaning(room: Room | undefined): unknown {
  return JSON.parse(meaningOf(room), (key, value: unknown) => (key === "origin" ? undefined : value));
}

function topicsOf(group: string, accounts: readonly Account[]): readonly { readonly topic?: string }[] {
  const rooms = accounts.flatMap(({ rooms }) => [rooms.get(group), rooms.get("*")]);
  const topics = new Set(rooms.flatMap((room) => [...(room?.topics.keys() ?? [])]));
  return [{}, ...[...topics].map((topic) => ({ topic }))];
}

function classesOf(ids: readonly string[], signature: (id: string) => string): readonly (readonly string[])[] {
  const classes = new Map<string, string[]>();
  for (const id of ids) {
    const key = signature(id);
    const members = classes.get(key);
    if (members) members.push(id);
    else classes.set(key, [id]);
  }
  return [...classes.values()];
}

/** Tools that lists name outside the catalogue, and those of which they name one action. */
function namedTools(access: Access): readonly string[] {
  const toolLists = [
    access.tools,
    ...access.agents.map(({ tools }) => tools),
    access.httpTools,
    ...chatToolScopes(access),
  ];
  const nested = [access.tools, ...access.agents.map(({ tools }) => tools)].flatMap((tools) => [
    tools.sandbox?.tools,
    tools.subagents?.tools,
    ...Object.values(tools.byProvider),
  ]);
  return [...toolLists, ...nested]
    .flatMap((scope) => [scope?.allow, scope && "alsoAllow" in scope ? scope.alsoAllow : [], scope?.deny])
    .flatMap((list) => list ?? [])
    .map(toolName)
    .filter((entry) => !entry.includes("*") && !entry.startsWith("group:"));
}

const chatToolScopes = (access: Access) =>
  [...access.accounts.values()].flatMap((account) => [
    ...account.toolsBySender.values(),
    ...roomsOf(account).flatMap((room) => [...room.toolsBySender.values(), room.tools]),
  ]);

const namedProviders = (access: Access): readonly string[] =>
  [access.tools, ...access.agents.map(({ tools }) => tools)].flatMap(({ byProvider }) => Object.keys(byProvider));
