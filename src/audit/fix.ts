/**
 * The fix of a finding as a change of the config, tried before it is shown: it adds no mistake, it lets nobody do more,
 * and the finding is gone with it. A finding without such a change is mended by hand, as its words say.
 */
import { patchText } from "../config/edit.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { redactText } from "../config/masked-text.ts";
import { type ConfigPath, formatPath, parsePath } from "../config/path.ts";
import { isObject, type Json, type JsonObject, valueAt } from "../config/value.ts";
import { newProblems } from "../config/write.ts";
import { compile } from "../policy/compile.ts";
import type { Policy } from "../policy/policy.ts";
import { type ChangedCell, diffPolicies, survey } from "../policy/survey.ts";
import { textDiff } from "../tools/files/text-diff.ts";
import { audit } from "./audit.ts";
import type { AuditFacts } from "./facts.ts";
import { type Finding, severityRank } from "./finding.ts";

export type Fix = {
  readonly file: string;
  /** The same change as a merge patch (RFC 7396), and the hash of the text that it is meant for. */
  readonly patch: Json;
  readonly baseHash: string;
  /** Secrets masked. */
  readonly diff: string;
  /** What would be in force. */
  readonly policy: Policy;
  /** What fewer people reach with it. */
  readonly narrowed: readonly ChangedCell[];
};

/** Keys to set, each with its value; null removes one. */
type Edits = Readonly<Record<string, Json>>;

/** Findings whose fix is one value, whoever they are about. */
const values: Readonly<Record<string, Edits>> = {
  "gateway.control_ui.device_auth_disabled": { "gateway.controlUi.dangerouslyDisableDeviceAuth": false },
  "gateway.control_ui.host_header_origin_fallback": {
    "gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback": false,
  },
  "gateway.control_ui.insecure_auth": { "gateway.controlUi.allowInsecureAuth": false },
  "gateway.real_ip_fallback_enabled": { "gateway.allowRealIpFallback": false },
  "logging.redact_off": { "logging.redactSensitive": "tools" },
  "security.exposure.open_groups_with_elevated": { "tools.elevated.enabled": false },
  "security.flow_observed": { "security.informationFlow.mode": "enforce" },
  "security.rule_of_two": { "security.informationFlow.mode": "enforce" },
};

/** Policies that let anyone in: what closes them, and the list that must not say "anyone" any more. */
const doors: Readonly<Record<string, { readonly value: string; readonly list: string }>> = {
  dmPolicy: { value: "pairing", list: "allowFrom" },
  groupPolicy: { value: "allowlist", list: "groupAllowFrom" },
};

/** The fixes of findings above `info`, by the finding; each change is tried once. */
export function fixesOf(findings: readonly Finding[], facts: AuditFacts): ReadonlyMap<Finding, Fix> {
  const tried = new Map<string, Trial | undefined>();
  const fixes = new Map<Finding, Fix>();
  for (const finding of findings) {
    const edits = finding.severity === "info" ? undefined : editsFor(finding, facts.loaded);
    if (!edits) continue;
    const key = JSON.stringify(edits);
    const trial = tried.has(key) ? tried.get(key) : tryEdits(edits, facts);
    tried.set(key, trial);
    if (trial && !trial.left.some((other) => isSame(other, finding))) fixes.set(finding, trial.fix);
  }
  return fixes;
}

const isSame = (other: Finding, { checkId, severity }: Finding): boolean =>
  other.checkId === checkId && severityRank[other.severity] >= severityRank[severity];

function editsFor({ checkId, because = [] }: Finding, { paths, written }: LoadedConfig): Edits | undefined {
  const fixed = values[checkId];
  if (fixed) return fixed;
  // What stands in an included file is mended there.
  const opened = because.filter(({ origin, file }) => file === paths.config && lastOf(origin) in doors);
  if (opened.length === 0) return undefined;
  return Object.fromEntries(opened.flatMap(({ origin }) => closed(origin, written)));
}

const lastOf = (origin: string): string => origin.slice(origin.lastIndexOf(".") + 1);

function closed(origin: string, written: Json): (readonly [string, Json])[] {
  const door = doors[lastOf(origin)];
  if (!door) return [];
  const list = [...parsePath(origin).slice(0, -1), door.list];
  const named = valueAt(written, list);
  const people = Array.isArray(named) ? (named as readonly Json[]).filter((id) => id !== "*") : undefined;
  const listed = people?.length === (named as readonly Json[] | undefined)?.length ? undefined : people;
  return [
    [origin, door.value],
    ...(listed === undefined ? [] : [[formatPath(list), listed.length === 0 ? null : listed] as const]),
  ];
}

type Trial = { readonly fix: Fix; readonly left: readonly Finding[] };

/** Undefined when the change cannot be made, adds a mistake, or lets anybody do more. */
function tryEdits(edits: Edits, facts: AuditFacts): Trial | undefined {
  const { loaded, environment, access } = facts;
  const patch = patchOf(edits);
  const text = edited(loaded.text, patch);
  if (text === undefined || text === loaded.text) return undefined;
  const after = loadConfig({ environment, text, flags: { configPath: loaded.paths.config } });
  if (newProblems(loaded.problems, after.problems).length > 0) return undefined;
  const [before, policy] = [compile(loaded.config, access.grants), compile(after.config, access.grants)];
  const { widened, narrowed } = diffPolicies(before, policy);
  if (widened.length > 0) return undefined;
  const { findings } = audit({ ...facts, loaded: after, access: { ...access, policy }, cells: survey(policy) }, 0);
  const diff = textDiff(redactText(loaded.text), redactText(text));
  return { fix: { file: loaded.paths.config, patch, baseHash: loaded.hash, diff, policy, narrowed }, left: findings };
}

function edited(text: string, patch: Json): string | undefined {
  try {
    return patchText(text, patch);
  } catch {
    // The text cannot be edited by program: then the words of the finding are all there is.
    return undefined;
  }
}

function patchOf(edits: Edits): JsonObject {
  return Object.entries(edits).reduce<JsonObject>(
    (patch, [key, value]) => withMember(patch, parsePath(key), value),
    {},
  );
}

function withMember(patch: JsonObject, [part = "", ...rest]: ConfigPath, value: Json): JsonObject {
  const inner = patch[part];
  return { ...patch, [part]: rest.length === 0 ? value : withMember(isObject(inner) ? inner : {}, rest, value) };
}
