/**
 * The decision. Deny beats all; without an allow nothing is granted; ask narrows an allow; a challenge never grants;
 * a rule that throws is a deny; order carries no meaning.
 */
import type { Because, Decision, Effect } from "./decision.ts";
import type { Label } from "./label.ts";
import type { Policy } from "./policy.ts";
import type { Request } from "./request.ts";
import { candidates, type Rule, type RuleSet } from "./rule.ts";
import { integrityOf, standingOf } from "./standing.ts";

/** Everything that spoke on a request. `decide` and `explain` are projections of this one value. */
export type Evaluation = {
  readonly decision: Decision;
  /** All rules that apply, deciding or not, in a stable order. */
  readonly matched: readonly Rule[];
};

/** How much an effect lets through: an approval lets an `ask` through, nothing lets the others through. */
export const permissiveness: Record<Effect, number> = { deny: 0, challenge: 1, ask: 2, allow: 3 };

const noPolicy: Because = { id: "engine.no_policy", origin: "engine" };

/** Answers a request. Pure, total (never throws), and independent of the order of rules. */
export function decide(policy: Policy, request: Request): Decision {
  return evaluate(policy, request).decision;
}

/** Answers a request together with every rule that applies to it. */
export function evaluate(policy: Policy, request: Request): Evaluation {
  const plain = strictestOf(policy, request);
  if (!plain.integrityDecides) return plain;
  const freer = strictestOf(policy, cleanedRequest(policy, request)).decision.effect;
  const cleanReaskHelps = permissiveness[freer] > permissiveness[plain.decision.effect];
  return { ...plain, decision: { ...plain.decision, cleanReaskHelps } };
}

/** `integrityDecides`: only rules of information flow stand in the way, so that another label may change the answer. */
type PartEvaluation = Evaluation & { readonly integrityDecides?: boolean };

const nothing: PartEvaluation = { decision: conclude("deny", [noPolicy], []), matched: [] };

function strictestOf(policy: Policy, request: Request): PartEvaluation {
  const evaluations = policy.parts.map((part) => evaluatePart(part.rules, request));
  return evaluations.reduce(stricter, evaluations[0] ?? nothing);
}

const stricter = (a: PartEvaluation, b: PartEvaluation): PartEvaluation =>
  permissiveness[b.decision.effect] < permissiveness[a.decision.effect] ? b : a;

function evaluatePart(set: RuleSet, request: Request): PartEvaluation {
  const matched: Rule[] = [];
  for (const rules of candidates(set, request)) {
    for (const rule of rules) {
      const outcome = tryRule(rule, request);
      if (outcome === "threw") return threw(rule);
      if (outcome) matched.push(rule);
    }
  }
  matched.sort(byIdAndOrigin);
  return weigh(set, request, matched);
}

function tryRule(rule: Rule, request: Request): boolean | "threw" {
  try {
    return rule.applies(request);
  } catch {
    return "threw";
  }
}

function threw(rule: Rule): Evaluation {
  const because = [{ id: "engine.rule_threw", origin: rule.origin }];
  return { decision: conclude("deny", because, []), matched: [rule] };
}

function weigh(set: RuleSet, request: Request, matched: readonly Rule[]): PartEvaluation {
  const observed = matched.filter(({ flow }) => flow === "observe").map(becauseOf);
  const speaking = (effect: Effect) => matched.filter((rule) => rule.effect === effect && rule.flow !== "observe");
  const settle = (effect: Effect, rules: readonly Rule[]): PartEvaluation => ({
    decision: conclude(effect, rules.map(becauseOf), observed),
    matched,
    integrityDecides: rules.every(({ flow }) => flow === "enforce"),
  });
  const denies = speaking("deny");
  if (denies.length > 0) return settle("deny", denies);
  const allows = speaking("allow");
  const challenges = speaking("challenge");
  if (allows.length === 0 && challenges.length > 0) return settle("challenge", challenges);
  if (allows.length === 0) {
    return { decision: conclude("deny", [set.missing(request)], observed), matched };
  }
  const asks = request.context.grant === "exact" ? [] : speaking("ask");
  return asks.length > 0 ? settle("ask", asks) : settle("allow", allows);
}

function conclude(effect: Effect, because: readonly Because[], observed: readonly Because[]): Decision {
  const [first = noPolicy] = because;
  const decision = { effect, reason: first.id, because, cleanReaskHelps: false };
  return observed.length === 0 ? decision : { ...decision, observed };
}

const becauseOf = (rule: Rule): Because => ({ id: rule.id, origin: rule.origin });

const byIdAndOrigin = (a: Rule, b: Rule): number => compare(a.id, b.id) || compare(a.origin, b.origin);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The same request from a window at the speaker's own integrity. */
function cleanedRequest(policy: Policy, request: Request): Request {
  const { principal, path, context } = request;
  const integrity = integrityOf(standingOf(policy, principal, path), path);
  const label: Label = { ...context.label, integrity };
  return { ...request, context: { ...context, label } };
}
