/**
 * Who may call which tool. The base (profile, `alsoAllow`, what a sender or group was given) allows; every other layer
 * only narrows: owner-only, provider, global, agent, group and sender, sandbox, sub-agent, HTTP.
 */
import type { Access, AgentAccess } from "./access.ts";
import type { Because } from "./decision.ts";
import { admits, type Gates, missingAdmission } from "./message-rules.ts";
import type { Request } from "./request.ts";
import { agentKey, type RequestOf, type Rule, ruleOn } from "./rule.ts";
import { standingIn } from "./standing.ts";
import { type ChatScopes, hasFirmIdentity } from "./tool-scopes.ts";
import { httpDeniedTools, ownerOnlyTools, profileTools, toolAllower, toolMatcher, withoutLifted } from "./tools.ts";

export type ToolCall = RequestOf<"tool.call">;
/** An agent, with the config key that it stands under. */
export type AgentAt = { readonly agent: AgentAccess; readonly origin: string };
type Scope = Access["tools"]["byProvider"][string];
type Condition = (call: ToolCall) => boolean;

export type ToolWorld = { readonly access: Access; readonly gates: Gates; readonly scopes: ChatScopes };

export const toolBase = (world: ToolWorld): readonly Rule[] => [
  ...agentsOf(world.access).flatMap((at) => agentBase(world, at)),
  ...world.scopes.all.map((held) => chatGrantRule(world, held)),
];

export const toolNarrowing = ({ access, scopes }: ToolWorld): readonly Rule[] => [
  ownerOnlyRule(access),
  ...httpRules(access),
  ...narrow(access.tools, { origin: "tools" }),
  ...providerRules(access.tools, "tools"),
  ...agentsOf(access).flatMap(agentNarrowing),
  ...scopes.all.flatMap((held) => chatNarrowing(scopes, held)),
];

export const agentsOf = (access: Access): readonly AgentAt[] =>
  access.agents.map((agent, index) => ({ agent, origin: `agents.list[${index}]` }));

/** An owner where nobody else reads or writes: an operator, or an owner's direct chat. */
export function isOwnerSurface(access: Access, { principal, path }: Request): boolean {
  const standing = standingIn(access, principal, path);
  return standing === "operator" || (standing === "owner" && path.kind === "direct");
}

/** What would have to grant a call: the door if the principal is shut out, else the profile. */
export function missingTool({ access, gates }: ToolWorld): (call: ToolCall) => Because {
  const profiles = new Map(
    agentsOf(access).map((at) => {
      return [at.agent.id, { owner: ownerProfile(access, at), everyone: everyonesProfile(access, at) }] as const;
    }),
  );
  return (call) => {
    if (!admits(gates, call)) return missingAdmission(gates, call);
    const profile = profiles.get(call.action.agent)?.[isOwnerSurface(access, call) ? "owner" : "everyone"];
    if (profile === undefined) return { id: "tool.agent_unknown", origin: "agents.list" };
    return { id: "tool.not_in_profile", origin: profile.origin };
  };
}

type Profile = { readonly tools: readonly string[]; readonly origin: string };

/** The agent's own profile beats the global one; without any, the base is every tool. */
function everyonesProfile({ tools }: Access, { agent, origin }: AgentAt): Profile {
  if (agent.tools.profile) return { tools: profileTools(agent.tools.profile), origin: `${origin}.tools.profile` };
  return { tools: profileTools(tools.profile ?? "full"), origin: "tools.profile" };
}

/** What an agent is narrowed to binds its owner too, unless the agent says otherwise itself. */
function ownerProfile(access: Access, at: AgentAt): Profile {
  const { agent, origin } = at;
  if (agent.tools.ownerProfile) {
    return { tools: profileTools(agent.tools.ownerProfile), origin: `${origin}.tools.ownerProfile` };
  }
  const global = access.tools.ownerProfile;
  if (agent.tools.profile || !global) return everyonesProfile(access, at);
  return { tools: profileTools(global), origin: "tools.ownerProfile" };
}

function agentBase({ access, gates }: ToolWorld, at: AgentAt): readonly Rule[] {
  const { agent, origin } = at;
  const own = agent.tools.alsoAllow;
  const owner = ownerProfile(access, at);
  const everyone = everyonesProfile(access, at);
  const rows = [
    { id: "tool.owner_profile", ...owner, when: (call: ToolCall) => isOwnerSurface(access, call) },
    { id: "tool.profile", ...everyone, when: (call: ToolCall) => !isOwnerSurface(access, call) },
    {
      id: "tool.also_allow",
      tools: own ?? access.tools.alsoAllow,
      origin: own ? `${origin}.tools.alsoAllow` : "tools.alsoAllow",
      when: () => true,
    },
  ];
  return rows.map((row) => {
    const { id, tools, origin, when } = row;
    const lets = toolAllower(tools);
    const applies = (call: ToolCall) => lets(call.action) && when(call) && admits(gates, call);
    return ruleOn("tool.call", { id, origin, effect: "allow", key: agentKey(agent.id), applies });
  });
}

/** A group's or sender's own addition to the base. */
function chatGrantRule({ gates, scopes }: ToolWorld, held: ChatScopes["all"][number]): Rule {
  const trusted = (call: ToolCall) => held.by === "place" || hasFirmIdentity(call);
  return ruleOn("tool.call", {
    id: held.by === "id" ? "tool.sender_grant" : "tool.group_also_allow",
    origin: held.scope.origin,
    effect: "allow",
    key: held.key,
    applies: (call) => held.grants(call.action) && scopes.at(call) === held && trusted(call) && admits(gates, call),
  });
}

type Narrowing = { readonly origin: string; readonly key?: string | undefined; readonly when?: Condition };

/** The narrowing half of a scope: what its `allow` leaves out, and what its `deny` names. */
function narrow(scope: Scope, { origin, key, when = () => true }: Narrowing): readonly Rule[] {
  const base = { effect: "deny", key } as const;
  const lets = scope.allow && toolAllower(scope.allow);
  const denied = toolMatcher(scope.deny);
  const rules = [
    ruleOn("tool.call", {
      ...base,
      id: "tool.denied",
      origin: `${origin}.deny`,
      applies: (call) => denied(call.action) && when(call),
    }),
  ];
  if (lets === undefined) return rules;
  const applies = (call: ToolCall) => !lets(call.action) && when(call);
  return [...rules, ruleOn("tool.call", { ...base, id: "tool.not_in_allow", origin: `${origin}.allow`, applies })];
}

/** A profile that narrows: of a provider, group or sender. Its own `alsoAllow` widens it again, not the base. */
function narrowProfile(scope: Scope, { origin, key, when }: Required<Narrowing>): readonly Rule[] {
  if (scope.profile === undefined) return [];
  const lets = toolAllower(profileTools(scope.profile), scope.alsoAllow, scope.allow);
  const applies = (call: ToolCall) => !lets(call.action) && when(call);
  const rule = { id: "tool.not_in_profile", origin: `${origin}.profile`, effect: "deny", applies } as const;
  return [ruleOn("tool.call", { ...rule, key })];
}

/** `byProvider`: the entry of `provider/model`, else that of `provider`; the first hit alone counts. */
function providerRules(tools: Pick<AgentAccess["tools"], "byProvider">, origin: string, key?: string): readonly Rule[] {
  const entries = new Map(Object.entries(tools.byProvider).map(([name, scope]) => [name.toLowerCase(), scope]));
  const entryFor = (provider: string) => {
    const [vendor = provider] = provider.split("/");
    return entries.get(provider) ?? entries.get(vendor);
  };
  return Object.entries(tools.byProvider).flatMap(([name, scope]) => {
    const when = ({ action }: ToolCall) =>
      action.provider !== undefined && entryFor(action.provider.toLowerCase()) === scope;
    const at = { origin: `${origin}.byProvider.${name}`, key, when };
    return [...narrowProfile(scope, at), ...narrow(scope, at)];
  });
}

function agentNarrowing({ agent, origin }: AgentAt): readonly Rule[] {
  const key = agentKey(agent.id);
  const at = `${origin}.tools`;
  return [...narrow(agent.tools, { origin: at, key }), ...providerRules(agent.tools, at, key)];
}

function chatNarrowing(scopes: ChatScopes, held: ChatScopes["all"][number]): readonly Rule[] {
  const at = { origin: held.scope.origin, key: held.key, when: (call: ToolCall) => scopes.at(call) === held };
  return [...narrowProfile(held.scope, at), ...narrow(held.scope, at)];
}

function ownerOnlyRule(access: Access): Rule {
  const ownerOnly = toolMatcher(ownerOnlyTools);
  return ruleOn("tool.call", {
    id: "tool.owner_only",
    origin: "engine",
    effect: "deny",
    applies: ({ action, principal, path }) =>
      ownerOnly(action) && !["owner", "operator"].includes(standingIn(access, principal, path)),
  });
}

function httpRules({ httpTools }: Access): readonly Rule[] {
  const overHttp = (row: Pick<Rule, "id" | "origin">, tools: readonly string[]): Rule => {
    const matches = toolMatcher(tools);
    const applies = ({ action }: ToolCall) => action.surface === "http" && matches(action);
    return ruleOn("tool.call", { ...row, effect: "deny", applies });
  };
  const builtIn = withoutLifted(httpDeniedTools, httpTools.allow);
  return [
    overHttp({ id: "tool.denied_over_http", origin: "gateway.tools.allow" }, builtIn),
    overHttp({ id: "tool.denied", origin: "gateway.tools.deny" }, httpTools.deny),
  ];
}
