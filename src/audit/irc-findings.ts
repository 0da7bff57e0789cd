/** IRC: entries that are no identity of the network, and people whom nobody vouches for. */
import { ircPeople, type ListedPeople, type WrittenAccount } from "../config/channel-signs.ts";
import { listedId } from "../policy/access.ts";
import { identityOfId } from "../policy/standing.ts";
import type { AuditFacts } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { responsibleFor } from "./origins.ts";

/** As a sender is reported: a services account, or nick, user and host, without wildcards. */
const ircIdentity = /^(\*|account:[^\s*?]+|[^\s!@*?]+![^\s!@*?]+@[^\s!@*?]+)$/;

/** Lists of an account that hold entries which match nobody. */
export function ircListFindings(facts: AuditFacts, account: WrittenAccount): readonly Finding[] {
  const wrong = ircPeople(account).filter(({ entry }) => !ircIdentity.test(listedId("irc", entry)));
  return findingIf(wrong.length > 0, () => ({
    checkId: "channels.irc.allowFrom.invalid_entries",
    severity: "warn",
    title: "IRC lists hold entries that match nobody",
    detail: `A sender is a services account or nick!user@host; a bare nick or a pattern is never one.\n${shown(wrong)}`,
    remediation: "write account:NAME, or nick!user@host in full: a pairing request and fased why show it",
    because: linesOf(facts, wrong),
  }));
}

/** Owners that nobody can be: without a services account nobody is vouched for. */
export function ircOwnerFindings(facts: AuditFacts): readonly Finding[] {
  const { owners } = facts.loaded.config.security;
  const wrong = owners.flatMap(({ channel, id }, index) =>
    channel === "irc" && identityOfId(channel, listedId(channel, id)) === "mutable"
      ? [{ path: `security.owners[${index}].id`, entry: id }]
      : [],
  );
  return findingIf(wrong.length > 0, () => ({
    checkId: "channels.irc.allowFrom.invalid_entries",
    severity: "warn",
    title: "IRC owners are listed by a nick, which makes nobody an owner",
    detail: `Others can take a nick: only a services account can be an owner.\n${shown(wrong)}`,
    remediation: "use a server with services accounts, and write account:NAME",
    because: linesOf(facts, wrong),
  }));
}

const shown = (people: readonly ListedPeople[]): string =>
  bullets(people.map(({ path, entry }) => `${path}: ${entry}`));

const linesOf = ({ loaded }: AuditFacts, people: readonly ListedPeople[]) =>
  responsibleFor(
    loaded,
    [...new Set(people.map(({ path }) => path))].map((origin) => ({ id: "irc.identity", origin })),
  );

/** IRC without services accounts: whoever takes the nick is that person. */
export function mutableIdentityFindings({ cells }: AuditFacts): readonly Finding[] {
  const admitted = cells.filter(({ request, standing, decision }) => {
    const { principal, action } = request;
    if (action.kind !== "message.deliver" || decision.effect !== "allow" || standing === "stranger") return false;
    return principal.kind === "sender" && principal.identity === "mutable" && standing !== "member";
  });
  const names = admitted.flatMap(({ subject }) => [
    ...(subject.principal.kind === "sender" ? [subject.principal.id] : []),
    ...subject.alike,
  ]);
  const nicks = [...new Set(names)].filter((id) => !id.startsWith("account:"));
  return findingIf(nicks.length > 0, () => ({
    checkId: "channels.irc.mutable_identity",
    severity: "info",
    title: "IRC people are known by a nick that others can take",
    detail: `Without the server's account-tag nobody vouches for a nick; such people are never owner or approver.\n${bullets(nicks)}`,
    remediation: "use a server with services accounts, and list account:NAME",
  }));
}
