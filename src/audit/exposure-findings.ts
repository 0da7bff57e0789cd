/** What open doors meet behind them: the documented matrix, read off the survey. */
import { multiPersonSigns } from "../config/channel-signs.ts";
import type { Cell } from "../policy/survey.ts";
import type { AuditFacts } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { toolClassOf } from "./tool-class.ts";
import { witnessOf } from "./witness.ts";

export function exposureFindings(facts: AuditFacts): readonly Finding[] {
  const open = facts.cells.filter(isOpenGroup);
  const host = open.find(isHostCode);
  const files = open.find(isFilesOutside);
  const first = host ?? files;
  const signs = multiPersonSigns(facts.loaded.written);
  return [
    ...findingIf(open.length > 0 && facts.loaded.config.tools.elevated.enabled, () => ({
      checkId: "security.exposure.open_groups_with_elevated",
      severity: "critical",
      title: "Open groups, and elevated mode is on",
      detail: "Anyone in a group may talk to an agent of a Gateway that can leave its sandbox.",
      remediation: 'set tools.elevated.enabled to false, or groupPolicy to "allowlist"',
    })),
    ...(first
      ? [
          {
            checkId: "security.exposure.open_groups_with_runtime_or_fs",
            severity: host ? ("critical" as const) : ("warn" as const),
            title: host ? "Open groups meet commands on the host" : "Open groups meet files outside the workspace",
            detail: "Anyone in a group may get as far as a card for this call.",
            remediation: 'deny group:runtime and group:fs, sandbox the agent, or set groupPolicy to "allowlist"',
            ...witnessOf(facts.access.policy, first, facts.loaded),
          },
        ]
      : []),
    ...findingIf(signs.length > 0, () => ({
      checkId: "security.trust_model.multi_user_heuristic",
      severity: "warn",
      title: "Several people can talk to this Gateway",
      detail: `A Gateway is built for one person (personal-assistant trust model): who may talk shares its authority.\n${bullets(signs)}`,
      remediation:
        'use a Gateway per trust boundary; else set agents.defaults.sandbox.mode="all", narrow tools, and list people by id',
    })),
  ];
}

/** Somebody unlisted takes part in a group because groups are open. */
function isOpenGroup({ standing, request: { action, path }, decision }: Cell): boolean {
  if (path.kind !== "group" || standing !== "member") return false;
  return action.kind === "message.deliver" ? decision.effect === "allow" : isLetThrough(decision.effect);
}

const isLetThrough = (effect: Cell["decision"]["effect"]): boolean => effect === "allow" || effect === "ask";

function isHostCode({ request: { action } }: Cell): boolean {
  return action.kind === "tool.call" && action.sink.kind === "code" && action.sink.where === "host";
}

function isFilesOutside({ request: { action } }: Cell): boolean {
  return action.kind === "tool.call" && action.sink.kind === "change" && toolClassOf(action.tool) === "write";
}
