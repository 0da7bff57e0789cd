/** Who somebody is at a place: the word that labels, tool bases and audits are based on. */
import { type Access, type Account, comparableId, type People, type Room } from "./access.ts";
import type { Integrity } from "./label.ts";
import type { Policy } from "./policy.ts";
import type { Path, Principal, Scope } from "./request.ts";
import { pathKey } from "./rule.ts";

/** From nobody to the operator. `listed` is by id; `paired` holds in direct chats only; `member`: in a group, unlisted. */
export const standings = ["stranger", "member", "paired", "listed", "owner", "operator"] as const;
export type Standing = (typeof standings)[number];

export type GroupPath = Extract<Path, { readonly kind: "group" }>;
export type ChatPath = Exclude<Path, { readonly kind: "control" }>;
export type Sender = Extract<Principal, { readonly kind: "sender" }>;

/** Whether the provider vouches for an id. On IRC only a services account is somebody; a nick can be taken by others. */
export function identityOfId(channel: string, id: string): Sender["identity"] {
  return channel === "irc" && !id.startsWith("account:") ? "mutable" : "immutable";
}

/** Admin satisfies every scope, write satisfies read. */
export function hasScope(held: readonly Scope[], needed: Scope): boolean {
  if (held.includes("operator.admin") || held.includes(needed)) return true;
  return needed === "operator.read" && held.includes("operator.write");
}

/** The standing under every part of the policy: the lowest of them. */
export function standingOf(policy: Policy, principal: Principal, path: Path): Standing {
  const ranks = policy.parts.map(({ access }) => standings.indexOf(standingIn(access, principal, path)));
  return standings[Math.min(...ranks)] ?? "stranger";
}

export function standingIn(access: Access, principal: Principal, path: Path): Standing {
  if (principal.kind === "operator") return path.kind === "control" ? "operator" : "stranger";
  const account = access.accounts.get(pathKey(path));
  return account === undefined ? "stranger" : standingAt(account, principal, path);
}

/** The standing of a sender at an account. A sender of another channel or account is a stranger. */
export function standingAt(account: Account, sender: Sender, path: Path): Standing {
  if (!isAt(account, sender)) return "stranger";
  const id = comparableId(account.channel, sender.id);
  if (sender.identity === "immutable" && account.owners.has(id)) return "owner";
  if (path.kind === "group") return groupSenders(account, path).people.ids.has(id) ? "listed" : "member";
  if (account.allowFrom.ids.has(id)) return "listed";
  return account.paired.has(id) ? "paired" : "stranger";
}

/** Whether a path or a principal belongs to the account: operators and the control path never do. */
export function isAt<T extends Path | Principal>(account: Account, one: T): one is Extract<T, { channel: string }> {
  const place: { readonly kind: string; readonly channel?: string; readonly account?: string } = one;
  return place.channel === account.channel && place.account === account.account;
}

/** The integrity of what a principal types here. An owner's words in a room are `known`: others write there too. */
export function integrityOf(standing: Standing, path: Path): Integrity {
  if (standing === "operator") return "owner";
  if (standing === "owner") return path.kind === "direct" ? "owner" : "known";
  return standing === "listed" || standing === "paired" ? "known" : "untrusted";
}

/** The rooms whose settings hold at a path, most specific first: topic, group, topic of `*`, `*`. */
export function roomsAt(account: Account, path: GroupPath): readonly Room[] {
  const group = account.rooms.get(comparableId(account.channel, path.group));
  const any = account.rooms.get("*");
  const topic = path.topic;
  const chain = [topic === undefined ? undefined : group?.topics.get(topic), group];
  chain.push(topic === undefined ? undefined : any?.topics.get(topic), any);
  return chain.filter((room) => room !== undefined);
}

/** Whose list of senders holds at a path: the most specific room that has one, else the account's. Never pairings. */
export function groupSenders(account: Account, path: GroupPath): { people: People; own: boolean; origin: string } {
  const room = roomsAt(account, path).find(({ senders }) => senders !== undefined);
  if (room?.senders) return { people: room.senders, own: true, origin: `${room.origin}.allowFrom` };
  return { people: account.groupSenders, own: false, origin: account.groupSendersOrigin };
}
