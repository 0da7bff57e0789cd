/** Consent and grants: what waits, what could not be read, who is named and still shut out. */
import { widerText } from "../config/exposure.ts";
import { explain } from "../policy/explain.ts";
import { survey } from "../policy/survey.ts";
import { freshId } from "../policy/universe.ts";
import type { AuditFacts } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { type ReachContext, reachFindings } from "./reach.ts";

/** A config that allows more than was accepted is not in force yet; this tells what it would bring. */
export function consentFindings({ access }: AuditFacts, context: ReachContext): readonly Finding[] {
  const { waiting, policy } = access;
  if (!waiting) return [];
  const now = new Map(reachFindings({ policy, cells: survey(policy) }, context).map((found) => [found.checkId, found]));
  const next = reachFindings({ policy: waiting.policy, cells: survey(waiting.policy) }, context);
  const added = next.filter(({ checkId, severity }) => now.get(checkId)?.severity !== severity);
  const lines = [
    ...added.map(({ checkId, severity, title }) => `${severity}: ${title} (${checkId})`),
    ...waiting.wider.map(widerText),
  ];
  return [
    {
      checkId: "policy.waits_for_consent",
      severity: "warn",
      title: "The config allows more than you accepted; the more waits",
      detail: lines.length === 0 ? "Nothing that other people reach changes." : `Once accepted:\n${bullets(lines)}`,
      remediation: `read what it adds and take it: fased config accept --expect ${waiting.hash}`,
    },
  ];
}

export function storeFindings({ access }: AuditFacts): readonly Finding[] {
  return findingIf(access.unreadable.length > 0, () => ({
    checkId: "grants.unreadable",
    severity: "warn",
    title: "Stores of the Gateway could not be read",
    detail: `${bullets(access.unreadable.map(({ what, message }) => `${what}: ${message}`))}\nWhat they grant is not part of this report.`,
    remediation: "restore them from a backup, or remove them; run the audit as the Gateway's user",
  }));
}

/** People whom config or pairings name and whom no door lets in: grants without effect. */
export function inertFindings({ access, cells }: AuditFacts): readonly Finding[] {
  const admission = new Map<string, boolean>();
  for (const { subject, request, decision } of cells) {
    const { principal } = subject;
    if (principal.kind !== "sender" || request.action.kind !== "message.deliver") continue;
    if (decision.reason === "channel.disabled") continue;
    for (const id of [principal.id, ...subject.alike]) {
      const key = `${principal.channel}${principal.account === "default" ? "" : `/${principal.account}`} ${id}`;
      admission.set(key, admission.get(key) === true || decision.effect === "allow");
    }
  }
  const named = [...admission].flatMap(([key, isIn]) => (isIn || key.endsWith(` ${freshId}`) ? [] : [key]));
  const pairings = access.grants.paired.flatMap((person) => {
    const { channel, account, id } = person;
    const request = {
      principal: { kind: "sender", identity: "immutable", ...person },
      path: { kind: "direct", channel, account },
      action: { kind: "message.deliver" },
      context: { label: nothing, audience: [], sandbox: "off", grant: "none" },
    } as const;
    const { decision } = explain(access.policy, request);
    return decision.effect === "allow"
      ? []
      : [`${channel}${account === "default" ? "" : `/${account}`} ${id} (paired)`];
  });
  const lines = [...new Set([...named, ...pairings])];
  return findingIf(lines.length > 0, () => ({
    checkId: "grants.inert",
    severity: "info",
    title: "People are named who cannot get in",
    detail: bullets(lines),
    remediation: "remove them, or open the door that you meant: fased security explain --from CHANNEL:ID",
  }));
}

const nothing = { integrity: "untrusted", readers: [], secret: false, sources: [] } as const;
