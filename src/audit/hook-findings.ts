/** Webhooks and node commands: parts that the config decides about before this version has them. */
import { type AuditFacts, isVariable, Written } from "./facts.ts";
import { bullets, type Finding, findingIf, type Severity } from "./finding.ts";
import { exposure } from "./gateway-exposure.ts";
import { dangerousNodeCommands, isPatternLike, nodeCommandDefaults } from "./node-commands.ts";

const tokenLengthMin = 24;

export function hookFindings(facts: AuditFacts): readonly Finding[] {
  const written = new Written(facts.loaded);
  if (!written.isTrue("hooks.enabled")) return [];
  const token = written.text("hooks.token");
  const worse: Severity = exposure(facts).remote ? "critical" : "warn";
  const requestsKey = written.isTrue("hooks.allowRequestSessionKey");
  return [
    ...findingIf(token !== "" && !isVariable(token) && token.length < tokenLengthMin, () => ({
      checkId: "hooks.token_too_short",
      severity: "warn",
      title: "The token of webhooks is short",
      detail: `It has fewer than ${tokenLengthMin} characters.`,
      remediation: `replace hooks.token by at least ${tokenLengthMin} random characters`,
    })),
    ...findingIf(isGatewayToken(facts, token), () => ({
      checkId: "hooks.token_reuse_gateway_token",
      severity: "critical",
      title: "Webhooks use the Gateway's own token",
      detail: "Whoever may send a webhook may operate the Gateway.",
      remediation: "give hooks.token a text of its own",
    })),
    ...findingIf(written.text("hooks.path") === "/", () => ({
      checkId: "hooks.path_root",
      severity: "critical",
      title: "Webhooks answer at the root of the Gateway",
      detail: 'hooks.path is "/", so that it covers every other path.',
      remediation: 'set hooks.path to "/hooks"',
    })),
    ...findingIf(written.text("hooks.defaultSessionKey") === "", () => ({
      checkId: "hooks.default_session_key_unset",
      severity: "warn",
      title: "Webhooks have no session of their own",
      detail: "hooks.defaultSessionKey is not set.",
      remediation: 'set it, for example to "hook:ingress"',
    })),
    ...findingIf(requestsKey, () => ({
      checkId: "hooks.request_session_key_enabled",
      severity: worse,
      title: "A webhook may choose its session",
      detail: "hooks.allowRequestSessionKey lets a caller write into any conversation that its prefixes allow.",
      remediation: "set hooks.allowRequestSessionKey to false",
    })),
    ...findingIf(requestsKey && written.texts("hooks.allowedSessionKeyPrefixes").length === 0, () => ({
      checkId: "hooks.request_session_key_prefixes_missing",
      severity: worse,
      title: "A webhook may choose any session",
      detail: "hooks.allowedSessionKeyPrefixes is empty.",
      remediation: 'set hooks.allowedSessionKeyPrefixes to ["hook:"]',
    })),
  ];
}

/** Compared as values, and as the variable that both name. */
function isGatewayToken({ loaded, environment }: AuditFacts, token: string): boolean {
  if (token === "") return false;
  const { auth } = loaded.config.gateway;
  const known = [auth.token?.reveal(), environment["FASED_GATEWAY_TOKEN"]];
  return known.includes(token) || (isVariable(token) && token === new Written(loaded).text("gateway.auth.token"));
}

export function nodeFindings(facts: AuditFacts): readonly Finding[] {
  const written = new Written(facts.loaded);
  const allowed = written.texts("gateway.nodes.allowCommands");
  const denied = written.texts("gateway.nodes.denyCommands");
  const dangerous = allowed.filter((command) => dangerousNodeCommands.has(command) && !denied.includes(command));
  const known = new Set([...nodeCommandDefaults, ...allowed]);
  const ineffective = denied.filter((entry) => isPatternLike(entry) || !known.has(entry));
  return [
    ...findingIf(dangerous.length > 0, () => ({
      checkId: "gateway.nodes.allow_commands_dangerous",
      severity: exposure(facts).remote ? "critical" : "warn",
      title: "Paired devices may be told to record, send or add",
      detail: bullets(dangerous),
      remediation: "remove them from gateway.nodes.allowCommands",
    })),
    ...findingIf(ineffective.length > 0, () => ({
      checkId: "gateway.nodes.deny_commands_ineffective",
      severity: "warn",
      title: "Entries of gateway.nodes.denyCommands deny nothing",
      detail: bullets(ineffective),
      remediation: "write exact names of commands that are allowed",
    })),
  ];
}
