/** Which agent answers and in which session. Keys are routing selectors, never credentials. */
import { type Access, comparableId, listedId } from "./access.ts";
import type { Policy } from "./policy.ts";
import type { Path, Principal } from "./request.ts";
import { type ChatPath, type Sender, standingOf } from "./standing.ts";

export type Speaking = { readonly principal: Principal; readonly path: Path };

type Session = Access["session"];
type Routing = Pick<Access, "bindings" | "agents"> & {
  readonly session: Pick<Session, "dmScope" | "identityLinks"> & Partial<Session>;
};
type Binding = Access["bindings"][number];

/** The agent of the most specific binding: peer, account, channel (any account), else the default agent. */
export function agentFor(policy: Policy, speaking: Speaking): string {
  const { bindings, agents } = routingOf(policy);
  const fallback = agents.find((agent) => agent.default)?.id ?? defaultAgent;
  if (!inChat(speaking)) return fallback;
  const candidates = bindings.filter((binding) => bindingHolds(binding, speaking));
  const tiers = [
    ({ match }: Binding) => match.peer !== undefined,
    ({ match }: Binding) => match.accountId !== "*",
    () => true,
  ];
  const chosen = tiers.map((tier) => candidates.find(tier)).find((binding) => binding !== undefined);
  return agents.find(({ id }) => id === chosen?.agentId)?.id ?? fallback;
}

/** The session of a conversation: groups by place, direct chats by `dmScope`, the owner's own by `ownerScope`. */
export function sessionKeyFor(policy: Policy, agent: string, speaking: Speaking): string {
  const { session } = routingOf(policy);
  const base = `agent:${agent}`;
  if (session.scope === "global") return `${base}:global`;
  if (!inChat(speaking)) return `${base}:main`;
  const { principal, path } = speaking;
  if (path.kind === "group") return `${base}:${path.channel}:group:${path.group}${topicOf(path)}`.toLowerCase();
  const isOwner = standingOf(policy, principal, path) === "owner";
  if (session.dmScope === "main" || (isOwner && session.ownerScope === "main")) return `${base}:main`;
  const scopes = {
    "per-peer": "",
    "per-channel-peer": `:${path.channel}`,
    "per-account-channel-peer": `:${path.channel}:${path.account}`,
  } as const;
  return `${base}${scopes[session.dmScope]}:direct:${peerOf(session.identityLinks, principal)}`.toLowerCase();
}

type Chatting = { readonly principal: Sender; readonly path: ChatPath };

const inChat = (speaking: Speaking): speaking is Chatting =>
  speaking.principal.kind === "sender" && speaking.path.kind !== "control";

const defaultAgent = "main";

const nowhere: Routing = {
  session: { dmScope: "per-account-channel-peer", identityLinks: {} },
  bindings: [],
  agents: [],
};

/** While two policies are in force the accepted one routes: what waits for consent moves nobody's conversation. */
const routingOf = (policy: Policy): Routing => policy.parts[0]?.access ?? nowhere;

/** A binding that names a guild, team or role holds nowhere: no path carries these facts. */
function bindingHolds({ match }: Binding, { principal, path }: Chatting): boolean {
  if (match.channel.toLowerCase() !== path.channel) return false;
  if (match.guildId !== undefined || match.teamId !== undefined || match.roles !== undefined) return false;
  const account = match.accountId ?? "default";
  if (account !== "*" && account !== path.account) return false;
  return match.peer === undefined || peerHolds(match.peer, path, principal);
}

function peerHolds(peer: NonNullable<Binding["match"]["peer"]>, path: ChatPath, sender: Sender): boolean {
  const kind = peer.kind === "direct" || peer.kind === "dm" ? "direct" : "group";
  const id = path.kind === "group" ? path.group : sender.id;
  return kind === path.kind && comparableId(path.channel, id) === listedId(path.channel, peer.id);
}

const topicOf = ({ channel, topic }: { channel: string; topic?: string }): string => {
  if (topic === undefined) return "";
  return channel === "telegram" ? `:topic:${topic}` : `:thread:${topic}`;
};

/** The canonical name that links this identity to others, else the id. Only a vouched-for id is ever linked. */
function peerOf(links: Session["identityLinks"], sender: Sender): string {
  const id = comparableId(sender.channel, sender.id);
  if (sender.identity === "mutable") return id;
  const linked = `${sender.channel}:${id}`.toLowerCase();
  const link = Object.entries(links).find(([, ids]) => ids.some((entry) => entry.toLowerCase() === linked));
  return link?.[0] ?? id;
}
