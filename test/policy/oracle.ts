/**
 * Who may write to an agent, written down a second time, straight from the reference, importing nothing: the truth
 * that the engine is compared with. Keep it dull.
 */
export type Case = {
  kind: "dm" | "group";
  channelEnabled: boolean;
  dmPolicy: "pairing" | "allowlist" | "open" | "disabled";
  /** Ids in the channel's list of direct-message senders. */
  allowFrom: string[];
  paired: string[];
  owners: string[];
  identity: "immutable" | "mutable";
  sender: string;
  groupPolicy: "open" | "disabled" | "allowlist";
  /** Undefined: not set. */
  groupAllowFrom: string[] | undefined;
  /** The groups that are listed, with the sender list of each, if it has its own. */
  groups: {
    id: string;
    allowFrom: string[] | undefined;
    requireMention: boolean | undefined;
    enabled: boolean | undefined;
  }[];
  group: string;
  mention: "mentioned" | "unmentioned" | "undetectable";
};

export function expectedEffect(c: Case): "allow" | "challenge" | "deny" {
  if (!c.channelEnabled) return "deny";
  return c.kind === "dm" ? expectedForDm(c) : expectedForGroup(c);
}

function expectedForDm(c: Case): "allow" | "challenge" | "deny" {
  if (c.dmPolicy === "disabled") return "deny";
  if (c.identity === "immutable" && c.owners.includes(c.sender)) return "allow";
  if (c.allowFrom.includes(c.sender)) return "allow";
  if (c.paired.includes(c.sender)) return "allow";
  if (c.dmPolicy === "open") return c.allowFrom.includes("*") ? "allow" : "deny";
  if (c.dmPolicy === "pairing") return "challenge";
  return "deny";
}

type Group = Case["groups"][number];

function expectedForGroup(c: Case): "allow" | "deny" {
  if (c.groupPolicy === "disabled") return "deny";
  const own = c.groups.find((group) => group.id === c.group);
  const star = c.groups.find((group) => group.id === "*");
  if (c.groups.length === 0 && c.groupPolicy === "allowlist") return "deny";
  if (c.groups.length > 0 && own === undefined && star === undefined) return "deny";
  if (!(own?.enabled ?? star?.enabled ?? true)) return "deny";
  if (lacksMention(c, own, star)) return "deny";
  if (c.identity === "immutable" && c.owners.includes(c.sender)) return "allow";
  return expectedForMember(c, own?.allowFrom ?? star?.allowFrom);
}

function lacksMention(c: Case, own: Group | undefined, star: Group | undefined): boolean {
  const requireMention = own?.requireMention ?? star?.requireMention ?? true;
  return requireMention && c.mention === "unmentioned";
}

function expectedForMember(c: Case, ownList: string[] | undefined): "allow" | "deny" {
  if (ownList?.includes(c.sender)) return "allow";
  if (ownList !== undefined) return c.groupPolicy === "open" && ownList.includes("*") ? "allow" : "deny";
  if (c.groupPolicy === "open") return "allow";
  const list = c.groupAllowFrom ?? c.allowFrom;
  return list.includes(c.sender) ? "allow" : "deny";
}
