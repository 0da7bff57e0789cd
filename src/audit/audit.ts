/** The audit: gathered facts become findings. Pure; every question about access is answered by the policy's survey. */
import { browserFindings } from "./browser-findings.ts";
import { channelFindings } from "./channel-findings.ts";
import { configFindings, flagFindings, loggingFindings, secretFindings } from "./config-findings.ts";
import { containerFindings } from "./container-findings.ts";
import { elevatedFindings, execFindings, sandboxProofFindings } from "./exec-findings.ts";
import { exposureFindings } from "./exposure-findings.ts";
import type { AuditFacts } from "./facts.ts";
import { type Finding, findingIf, type Report, reportOf } from "./finding.ts";
import { withLines } from "./finding-keys.ts";
import { gatewayFindings } from "./gateway-findings.ts";
import { consentFindings, inertFindings, storeFindings } from "./grant-findings.ts";
import { hookFindings, nodeFindings } from "./hook-findings.ts";
import { httpToolFindings } from "./http-tool-findings.ts";
import { modelFindings } from "./model-findings.ts";
import { pluginFindings } from "./plugin-findings.ts";
import { type ReachContext, reachFindings } from "./reach.ts";
import { agentLetters, ruleOfTwoFindings } from "./rule-of-two.ts";
import { summaryFindings, syncedFolderFindings } from "./summary-findings.ts";

/** Judges the facts. `ts` is the time of the report, milliseconds since 1970. */
export function audit(facts: AuditFacts, ts: number): Report {
  const letters = agentLetters(facts.cells);
  const context: ReachContext = {
    origins: facts.loaded,
    letters,
    http: facts.loaded.config.gateway.http.endpoints.chatCompletions.enabled ? "served" : "closed",
  };
  const findings = [
    ...summaryFindings(facts),
    ...configFindings(facts),
    ...syncedFolderFindings(facts),
    ...gatewayFindings(facts),
    ...httpToolFindings(facts),
    ...flagFindings(facts),
    ...browserFindings(facts),
    ...loggingFindings(facts),
    ...elevatedFindings(facts),
    ...hookFindings(facts),
    ...nodeFindings(facts),
    ...execFindings(facts),
    ...containerFindings(facts),
    ...sandboxProofFindings(facts),
    ...secretFindings(facts),
    ...modelFindings(facts),
    ...reachFindings({ policy: facts.access.policy, cells: facts.cells }, context),
    ...ruleOfTwoFindings(letters, { policy: facts.access.policy, origins: facts.loaded }),
    ...exposureFindings(facts),
    ...consentFindings(facts, context),
    ...storeFindings(facts),
    ...inertFindings(facts),
    ...facts.files,
    ...pluginFindings(facts),
    ...channelFindings(facts),
    ...probeFindings(facts),
  ];
  const report = reportOf(
    findings.map((finding) => withLines(finding, facts.loaded)),
    ts,
  );
  return facts.deep ? { ...report, deep: facts.deep } : report;
}

function probeFindings({ deep }: AuditFacts): readonly Finding[] {
  return findingIf(deep !== undefined && !deep.gateway.ok, () => ({
    checkId: "gateway.probe_failed",
    severity: "warn",
    title: "The running Gateway did not answer",
    detail: deep?.gateway.error ?? "no answer",
    remediation: "see `fased status`; start it with `fased start`",
  }));
}
