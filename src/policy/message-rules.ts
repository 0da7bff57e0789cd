/**
 * Who may write to an agent: direct messages by `dmPolicy`, groups by `groupPolicy` → listed group → listed sender →
 * mention. The gate of an account is asked again by tool calls and replies, so that whoever is shut out now has no
 * authority left from before.
 */
import { type Access, type Account, comparableId, type Room } from "./access.ts";
import type { Because, Effect } from "./decision.ts";
import type { Request } from "./request.ts";
import { pathKey, placeKey, type Rule } from "./rule.ts";
import {
  type ChatPath,
  type GroupPath,
  groupSenders,
  hasScope,
  isAt,
  roomsAt,
  type Standing,
  standingAt,
} from "./standing.ts";

type ChatPathOf<Kind extends ChatPath["kind"]> = Extract<ChatPath, { readonly kind: Kind }>;
type DirectPath = ChatPathOf<"direct">;

/** What admits at an account and what shuts out, mention apart: a turn that began by a mention may go on. */
export type Gate = {
  readonly account: Account;
  readonly allows: readonly Rule[];
  readonly denies: readonly Rule[];
  readonly challenge: Rule;
  readonly mention: Rule;
};

export type Gates = ReadonlyMap<string, Gate>;

export function compileGates(access: Access): Gates {
  return new Map([...access.accounts].map(([key, account]) => [key, compileGate(account)]));
}

export const messageBase = (gates: Gates): readonly Rule[] => [
  operatorRule,
  ...[...gates.values()].flatMap((gate) => gate.allows),
];

export const messageNarrowing = (gates: Gates): readonly Rule[] =>
  [...gates.values()].flatMap(({ denies, mention, challenge }) => [...denies, mention, challenge]);

/** Whether this principal may take part at this path at all, whatever the action. */
export function admits(gates: Gates, request: Request): boolean {
  if (request.principal.kind === "operator") return operatorRule.applies(request);
  const gate = gates.get(pathKey(request.path));
  if (gate === undefined) return false;
  return gate.allows.some((rule) => rule.applies(request)) && !gate.denies.some((rule) => rule.applies(request));
}

/** Whether the place answers this sender with a pairing code. */
export function challenges(gates: Gates, request: Request): boolean {
  const gate = gates.get(pathKey(request.path));
  if (gate === undefined || gate.denies.some((rule) => rule.applies(request))) return false;
  return gate.challenge.applies(request);
}

/** What keeps this principal out: the rule that shuts the door, else the list that does not name them. */
export function missingAdmission(gates: Gates, request: Request): Because {
  const { principal, path } = request;
  if (principal.kind === "operator") return { id: "operator.write_scope_missing", origin: "engine" };
  if (path.kind === "control") return { id: "operator.required", origin: "engine" };
  const gate = gates.get(pathKey(path));
  if (gate === undefined) return { id: "channel.not_configured", origin: `channels.${path.channel}` };
  const shut = [...gate.denies, gate.challenge].find((rule) => rule.applies(request));
  if (shut) return { id: shut.id, origin: shut.origin };
  if (path.kind === "direct") return { id: "dm.not_listed", origin: `${gate.account.origin}.allowFrom` };
  return { id: "group.sender_not_listed", origin: groupSenders(gate.account, path).origin };
}

/** An operator writes over the control path with `operator.write`. */
const operatorRule: Rule = {
  id: "operator.control",
  origin: "engine",
  effect: "allow",
  on: "message.deliver",
  applies: ({ principal, path }) =>
    principal.kind === "operator" && path.kind === "control" && hasScope(principal.scopes, "operator.write"),
};

/** A row of an account's gate: who and where, told by standing. */
type Row<At extends ChatPath> = Omit<Rule, "on" | "key" | "applies"> & {
  readonly when: (standing: Standing, path: At) => boolean;
};

function compileGate(account: Account): Gate {
  const rules = [
    ...dmRows(account).map((row) => gateRule(account, "direct", row)),
    ...groupRows(account).map((row) => gateRule(account, "group", row)),
  ];
  const withEffect = (effect: Effect) => rules.filter((rule) => rule.effect === effect);
  return {
    account,
    allows: withEffect("allow"),
    denies: withEffect("deny"),
    challenge: gateRule(account, "direct", pairingRow(account)),
    mention: gateRule(account, "group", mentionRow(account)),
  };
}

function dmRows({ origin, enabled, dmPolicy, allowFrom }: Account): readonly Row<DirectPath>[] {
  const open = dmPolicy === "open" && allowFrom.anyone;
  const policyOrigin = `${origin}.dmPolicy`;
  return [
    { id: "dm.owner", origin: "security.owners", effect: "allow", when: (standing) => standing === "owner" },
    { id: "dm.listed", origin: `${origin}.allowFrom`, effect: "allow", when: (standing) => standing === "listed" },
    { id: "dm.paired", origin: "grants", effect: "allow", when: (standing) => standing === "paired" },
    { id: "dm.open", origin: policyOrigin, effect: "allow", when: () => open },
    { id: "dm.disabled", origin: policyOrigin, effect: "deny", when: () => dmPolicy === "disabled" },
    { id: "channel.disabled", origin: `${origin}.enabled`, effect: "deny", when: () => !enabled },
  ];
}

function pairingRow({ origin, dmPolicy }: Account): Row<DirectPath> {
  return {
    id: "dm.pairing_required",
    origin: `${origin}.dmPolicy`,
    effect: "challenge",
    when: (standing) => dmPolicy === "pairing" && standing === "stranger",
  };
}

function groupRows(account: Account): readonly Row<GroupPath>[] {
  const { origin, enabled } = account;
  return [
    { id: "group.owner", origin: "security.owners", effect: "allow", when: (standing) => standing === "owner" },
    {
      id: "group.sender_listed",
      origin: `${origin}.groupAllowFrom`,
      effect: "allow",
      when: (standing) => standing === "listed",
    },
    { id: "group.open", origin: `${origin}.groupPolicy`, effect: "allow", when: (_, path) => isOpen(account, path) },
    { id: "group.disabled", origin: `${origin}.groupPolicy`, effect: "deny", when: (_, path) => isOff(account, path) },
    { id: "group.not_listed", origin: `${origin}.groups`, effect: "deny", when: (_, path) => !isListed(account, path) },
    { id: "group.closed", origin: `${origin}.groups`, effect: "deny", when: (_, path) => isClosed(account, path) },
    { id: "channel.disabled", origin: `${origin}.enabled`, effect: "deny", when: () => !enabled },
  ];
}

/** Gates only where a mention can be told: `undetectable` means that nobody could ever mention the agent. */
function mentionRow(account: Account): Row<GroupPath> {
  return {
    id: "group.mention_required",
    origin: `${account.origin}.groups`,
    effect: "deny",
    when: (_, path) => path.mention === "unmentioned" && (setting(account, path, "requireMention") ?? true),
  };
}

function gateRule<Kind extends ChatPath["kind"]>(account: Account, kind: Kind, row: Row<ChatPathOf<Kind>>): Rule {
  const { when, ...rule } = row;
  const applies = ({ principal, path }: Request): boolean =>
    path.kind === kind &&
    isAt(account, path) &&
    isAt(account, principal) &&
    when(standingAt(account, principal, path), path as ChatPathOf<Kind>);
  return Object.freeze({ ...rule, on: "message.deliver", key: placeKey(account.channel, account.account), applies });
}

/** Anyone may talk: an explicit `open`, and no narrower list of senders on the group itself. */
function isOpen(account: Account, path: GroupPath): boolean {
  const { people, own } = groupSenders(account, path);
  return groupPolicyAt(account, path) === "open" && (!own || people.anyone);
}

/** A channel that is off stays off: a group's own setting cannot switch it on. */
const isOff = (account: Account, path: GroupPath): boolean =>
  account.groupPolicy === "disabled" || groupPolicyAt(account, path) === "disabled";

/** A non-empty `groups` is the list of groups, under `open` too; `*` stands for all of them. */
const isListed = (account: Account, path: GroupPath): boolean =>
  account.rooms.has(comparableId(account.channel, path.group)) ||
  account.rooms.has("*") ||
  (account.rooms.size === 0 && account.groupPolicy === "open");

const isClosed = (account: Account, path: GroupPath): boolean => setting(account, path, "enabled") === false;

const groupPolicyAt = (account: Account, path: GroupPath) =>
  setting(account, path, "groupPolicy") ?? account.groupPolicy;

/** A group setting from the most specific room that has it. */
function setting<Key extends "enabled" | "requireMention" | "groupPolicy">(
  account: Account,
  path: GroupPath,
  key: Key,
): Room[Key] | undefined {
  return roomsAt(account, path).find((room) => room[key] !== undefined)?.[key];
}
