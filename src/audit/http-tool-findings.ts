/** Tools that are kept from HTTP unless the config lifts one by name. */
import { httpDeniedTools, toolName } from "../policy/tools.ts";
import type { AuditFacts } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { exposure } from "./gateway-exposure.ts";

export function httpToolFindings(facts: AuditFacts): readonly Finding[] {
  const denied: readonly string[] = httpDeniedTools;
  const lifted = facts.loaded.config.gateway.tools.allow.map(toolName).filter((tool) => denied.includes(tool));
  const { beyondLoopback, tailscale } = exposure(facts);
  return findingIf(lifted.length > 0, () => ({
    checkId: "gateway.tools_invoke_http.dangerous_allow",
    severity: beyondLoopback || tailscale === "funnel" ? "critical" : "warn",
    title: "Control-plane tools may be called over HTTP",
    detail: bullets(lifted),
    remediation: "remove them from gateway.tools.allow",
  }));
}
