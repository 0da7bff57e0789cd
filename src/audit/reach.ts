/**
 * How far people get who are not the owner: named invariants over the policy's own survey. There are no rules here, only
 * a table of how bad each reachable cell is; every finding shows a request that the Gateway would let through.
 */
import { explain } from "../policy/explain.ts";
import type { Policy } from "../policy/policy.ts";
import type { Cell } from "../policy/survey.ts";
import { bullets, type Finding, type Severity, severityRank } from "./finding.ts";
import { lineText, type Origins } from "./origins.ts";
import { type AgentLetters, lettersText } from "./rule-of-two.ts";
import { type ToolClass, toolClasses, toolClassOf } from "./tool-class.ts";
import { deeds, sinkText, type ToolAction, whereText, witnessOf } from "./witness.ts";

export const reachers = ["stranger", "member", "paired", "listed", "http"] as const;
export type Reacher = (typeof reachers)[number];

/** The tool cells of a survey that are let through, with or without asking the owner. */
export type Surveyed = {
  readonly policy: Policy;
  readonly cells: readonly Cell[];
};

export type ReachContext = {
  readonly origins: Origins;
  readonly letters: readonly AgentLetters[];
  /** Whether an agent can be called over HTTP at all. */
  readonly http: "served" | "closed";
};

type Through = "allow" | "ask";
type Verdict = Readonly<Record<Through, Severity>>;

/** For people whom nobody let in by name. Code in a proven sandbox cannot leave it, so it counts less. */
const unlisted: Readonly<Record<ToolClass, Verdict>> = {
  read: { allow: "critical", ask: "warn" },
  write: { allow: "critical", ask: "warn" },
  run: { allow: "critical", ask: "warn" },
  browse: { allow: "warn", ask: "info" },
  send: { allow: "critical", ask: "info" },
  schedule: { allow: "warn", ask: "info" },
  control: { allow: "critical", ask: "warn" },
  other: { allow: "info", ask: "info" },
};
const sandboxedRun: Verdict = { allow: "warn", ask: "info" };

/** People whom the owner let in: only code outside the sandbox without a card is worth a warning. */
const freeCode: Verdict = { allow: "warn", ask: "info" };
const known: Verdict = { allow: "info", ask: "info" };

/** Everything a policy lets others do, one finding for each kind of person and class of tools. */
export function reachFindings({ policy, cells }: Surveyed, context: ReachContext): readonly Finding[] {
  const hits = cells.map((cell) => reachedBy(cell, context)).filter((hit) => hit !== undefined);
  const reached = Map.groupBy(hits, ({ id }) => id);
  return reachIds.flatMap((id) => {
    const same = reached.get(id);
    return same ? [reachFinding(policy, same, context)] : [];
  });
}

const idOf = (who: Reacher, what: ToolClass) => `reach.${who}_${what}`;

/** Every id that this file can report, most exposed people first. */
export const reachIds: readonly string[] = reachers.flatMap((who) => toolClasses.map((what) => idOf(who, what)));

type Reached = {
  readonly id: string;
  readonly who: Reacher;
  readonly what: ToolClass;
  readonly through: Through;
  readonly severity: Severity;
  readonly cell: Cell;
  readonly action: ToolAction;
};

function reachedBy(cell: Cell, { http }: ReachContext): Reached | undefined {
  const { action } = cell.request;
  const through = cell.decision.effect;
  const who = reacherOf(cell);
  if (action.kind !== "tool.call" || (through !== "allow" && through !== "ask") || who === undefined) return undefined;
  if (who === "http" && http === "closed") return undefined;
  const what = toolClassOf(action.tool);
  const severity = verdictOf(who, what, action)[through];
  return { id: idOf(who, what), who, what, through, severity, cell, action };
}

function reacherOf({ standing, request: { path } }: Cell): Reacher | undefined {
  switch (standing) {
    case "operator":
      return path.kind === "control" && path.transport === "http" ? "http" : undefined;
    case "owner":
      return undefined;
    default:
      return standing;
  }
}

function verdictOf(who: Reacher, what: ToolClass, { sink }: ToolAction): Verdict {
  if (who === "stranger" || who === "member") return sink.kind === "sandboxed-code" ? sandboxedRun : unlisted[what];
  return who !== "http" && sink.kind === "code" ? freeCode : known;
}

function reachFinding(policy: Policy, hits: readonly Reached[], context: ReachContext): Finding {
  const [worst, ...rest] = [...hits].sort(worstFirst) as [Reached, ...Reached[]];
  const shown = witnessOf(policy, worst.cell, context.origins);
  const agents = [...new Set([worst, ...rest].map(({ action }) => action.agent))];
  const places = [...new Set(hits.map(placeText))];
  return {
    checkId: worst.id,
    severity: worst.severity,
    title: `${people[worst.who]} ${worst.through === "allow" ? "can" : "can, once you approve each call,"} ${deeds[worst.what]}`,
    detail: [
      explain(policy, worst.cell.request).sentence,
      bullets(places),
      ...context.letters.filter(({ agent }) => agents.includes(agent)).map(lettersText),
    ].join("\n"),
    remediation: fixFor(worst, shown.because.map(lineText)),
    ...shown,
  };
}

/** The most severe, then the freest; ties keep the order of the survey, which is stable. */
function worstFirst(a: Reached, b: Reached): number {
  const freer = (hit: Reached) => (hit.through === "allow" ? 1 : 0);
  return severityRank[b.severity] - severityRank[a.severity] || freer(b) - freer(a);
}

function placeText({ cell, action, through }: Reached): string {
  const words = [action.tool, sinkText(action), through === "ask" ? "(asks)" : ""].filter((word) => word !== "");
  return `${whereText(cell.request)}: agent ${action.agent}, ${words.join(" ")}`;
}

const people: Record<Reacher, string> = {
  stranger: "Anyone who writes a direct message",
  member: "Anyone in a group",
  paired: "Paired senders",
  listed: "Listed senders",
  http: "Whoever holds the Gateway's credential, over HTTP,",
};

function fixFor({ who, what }: Reached, lines: readonly string[]): string {
  const narrower = `deny the tool, or narrow ${lines.join(", ")}`;
  switch (who) {
    case "stranger":
      return `let strangers pair first (dmPolicy "pairing"); or ${narrower}`;
    case "member":
      return `list who may talk in groups (groupPolicy "allowlist" with groupAllowFrom); or ${narrower}`;
    case "http":
      return `deny it over HTTP (gateway.tools.deny), or ${narrower}`;
    case "paired":
    case "listed":
      return what === "run" ? `keep security.informationFlow.mode "enforce"; or ${narrower}` : narrower;
  }
}
