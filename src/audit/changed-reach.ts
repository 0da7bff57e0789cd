/** What a change of the policy means for people: one row for each of them and each deed, in its freest way. */
import type { Decision, Effect } from "../policy/decision.ts";
import { explain } from "../policy/explain.ts";
import type { Policy } from "../policy/policy.ts";
import type { ChangedCell } from "../policy/survey.ts";
import { whoText } from "./question.ts";

export type ChangedReach = {
  readonly who: string;
  readonly what: string;
  readonly effect: Effect;
  readonly sentence: string;
};

const order: Record<Effect, number> = { deny: 0, challenge: 1, ask: 2, allow: 3 };

/** `policy` is the one after the change: its words explain each row. */
export function changedReach(policy: Policy, cells: readonly ChangedCell[]): readonly ChangedReach[] {
  const rows = new Map<string, ChangedCell>();
  for (const cell of cells) {
    const key = `${whoText(cell.subject)}|${deedOf(cell)}`;
    const known = rows.get(key);
    if (known === undefined || isFreer(cell.decision, known.decision)) rows.set(key, cell);
  }
  return [...rows.values()].map((cell) => ({
    who: whoText(cell.subject),
    what: deedOf(cell),
    effect: cell.decision.effect,
    sentence: explain(policy, cell.request).sentence,
  }));
}

const isFreer = (a: Decision, b: Decision): boolean => order[a.effect] > order[b.effect];

function deedOf({ request: { action } }: ChangedCell): string {
  switch (action.kind) {
    case "tool.call":
      return action.toolAction === undefined ? action.tool : `${action.tool}:${action.toolAction}`;
    case "method.call":
      return action.method;
    default:
      return action.kind;
  }
}
