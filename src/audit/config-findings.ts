/** What the config itself says: mistakes in it, dangerous switches, secrets in its text, logging. */
import { basename } from "node:path";
import { formatPath } from "../config/path.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { isSecretPath } from "../config/redacted.ts";
import type { Json } from "../config/value.ts";
import { type AuditFacts, isVariable, Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { placeOf } from "./origins.ts";

/** Mistakes in the config: the audit judges what is left of it. */
export function configFindings({ loaded, judged }: AuditFacts): readonly Finding[] {
  const { problems } = loaded;
  const wrong = problems.filter(({ severity }) => severity === "fatal" || severity === "section");
  const fatal = wrong.some(({ severity }) => severity === "fatal");
  const notes = problems.filter((problem) => !wrong.includes(problem));
  const unused = notes.filter(({ code }) => code === "config.not_used" || code === "config.channel_not_shipped");
  const others = notes.filter((note) => !unused.includes(note));
  return [
    ...findingIf(judged === "first-start", () => ({
      checkId: "config.not_written",
      severity: "info",
      title: "There is no config yet",
      detail: `${loaded.paths.config} does not exist. The audit judges what the first start writes there.`,
      remediation: "start it once: fased start",
    })),
    ...findingIf(wrong.length > 0, () => ({
      checkId: "config.invalid",
      severity: fatal ? "critical" : "warn",
      title: fatal
        ? "The config has errors: the Gateway starts in recovery mode"
        : "A part of the config is switched off",
      detail: `${bullets(wrong.map(problemText))}\nThe audit judges what is left.`,
      remediation: "correct the lines named here; `fased config validate` shows each with its fix",
    })),
    ...findingIf(unused.length > 0, () => ({
      checkId: "config.not_used",
      severity: "info",
      title: "The config has settings that this version does not use",
      detail: bullets(unused.map(problemText)),
    })),
    ...findingIf(others.length > 0, () => ({
      checkId: "config.notes",
      severity: "info",
      title: "The config has settings worth a second look",
      detail: bullets(others.map((note) => `${problemText(note)}: ${note.fix}`)),
    })),
  ];
}

const problemText = ({ file, line, path, message }: ConfigProblem): string =>
  `${basename(file)}:${line}${path === "" ? "" : ` ${path}`}: ${message}`;

/** Break-glass switches, in the documented order, and the one of information flow. */
export function flagFindings(facts: AuditFacts): readonly Finding[] {
  const flags = dangerousFlags(facts);
  const { mode } = facts.loaded.config.security.informationFlow;
  return [
    ...findingIf(flags.length > 0, () => ({
      checkId: "config.insecure_or_dangerous_flags",
      severity: "warn",
      title: "Switches are on that weaken the Gateway",
      detail: flags.map((flag) => `- ${flag}`).join("\n"),
      remediation: "turn them off when you no longer need them",
    })),
    ...findingIf(mode === "observe", () => ({
      checkId: "security.flow_observed",
      severity: "warn",
      title: "Information flow is only recorded, not enforced",
      detail: "What a web page or a stranger wrote can make the agent act without your approval.",
      remediation: 'set security.informationFlow.mode to "enforce"',
      because: responsible(facts, "security.informationFlow.mode"),
    })),
  ];
}

/** `key=value` of every break-glass switch that is on. */
export function dangerousFlags({ loaded }: Pick<AuditFacts, "loaded">): readonly string[] {
  const { gateway, tools } = loaded.config;
  const written = new Written(loaded);
  const mappings = Array.from({ length: written.count("hooks.mappings") }, (_, index) => index)
    .map((index) => `hooks.mappings[${index}].allowUnsafeExternalContent`)
    .map((path) => [path, written.isTrue(path)] as const);
  const { controlUi } = gateway;
  const switches: readonly (readonly [string, boolean])[] = [
    ["gateway.controlUi.allowInsecureAuth", controlUi.allowInsecureAuth],
    ["gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback", controlUi.dangerouslyAllowHostHeaderOriginFallback],
    ["gateway.controlUi.dangerouslyDisableDeviceAuth", controlUi.dangerouslyDisableDeviceAuth],
    ["hooks.gmail.allowUnsafeExternalContent", written.isTrue("hooks.gmail.allowUnsafeExternalContent")],
    ...mappings,
  ];
  const on = switches.flatMap(([path, isOn]) => (isOn ? [`${path}=true`] : []));
  return tools.exec.applyPatch.workspaceOnly ? on : [...on, "tools.exec.applyPatch.workspaceOnly=false"];
}

export function loggingFindings({ loaded }: AuditFacts): readonly Finding[] {
  return findingIf(loaded.config.logging.redactSensitive === "off", () => ({
    checkId: "logging.redact_off",
    severity: "warn",
    title: "Secrets are written to the log",
    detail: 'logging.redactSensitive is "off".',
    remediation: 'set logging.redactSensitive to "tools"',
  }));
}

const gatewayPassword = "gateway.auth.password";
const hooksToken = "hooks.token";

/** Secrets that stand in the text of the config instead of a variable. */
export function secretFindings({ loaded }: AuditFacts): readonly Finding[] {
  const written = new Written(loaded);
  const literal = (path: string) => written.text(path) !== "" && !isVariable(written.text(path));
  const others = literalSecrets(loaded.written, []).filter((path) => path !== gatewayPassword && path !== hooksToken);
  return [
    ...findingIf(literal(gatewayPassword), () => ({
      checkId: "config.secrets.gateway_password_in_config",
      severity: "warn",
      title: "The Gateway's password stands in the config",
      detail: "Whoever sees the file, a copy or a backup of it can log in.",
      remediation: "move it to the variable FASED_GATEWAY_PASSWORD, in <state>/.env",
    })),
    ...findingIf(written.isTrue("hooks.enabled") && literal(hooksToken), () => ({
      checkId: "config.secrets.hooks_token_in_config",
      severity: "info",
      title: "The token of webhooks stands in the config",
      detail: "hooks.token is a literal text.",
      remediation: "move it to a variable in <state>/.env and refer to that",
    })),
    ...findingIf(others.length > 0, () => ({
      checkId: "config.secrets.literal_in_config",
      severity: "info",
      title: "Secrets stand in the text of the config",
      detail: bullets(others),
      remediation: "move them to <state>/.env and refer to them as variables; keep the file private",
    })),
  ];
}

type Path = readonly (string | number)[];

/** Paths of secret texts that are no reference to a variable. */
function literalSecrets(value: Json, path: Path): readonly string[] {
  if (typeof value === "string") {
    return value.trim() !== "" && !isVariable(value.trim()) && isSecretPath(path) ? [formatPath(path)] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const members: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => [index, item] as const)
    : Object.entries(value as Record<string, Json>);
  return members.flatMap(([name, child]) => literalSecrets(child, [...path, name]));
}

function responsible({ loaded }: AuditFacts, key: string) {
  const place = placeOf(loaded, key);
  return [place ? { id: key, origin: key, file: place.file, line: place.line } : { id: key, origin: key }];
}
