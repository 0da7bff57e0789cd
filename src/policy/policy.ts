/** A compiled policy. `meet` holds several at once: a request passes only as far as the strictest of them lets it. */
import type { Access } from "./access.ts";
import type { RuleSet } from "./rule.ts";

export type Part = { readonly rules: RuleSet; readonly access: Access };

export type Policy = { readonly parts: readonly Part[] };

/** A policy without rules: denies everything. */
export const emptyPolicy: Policy = Object.freeze({ parts: Object.freeze([]) });

/**
 * The meet of two policies: allows what both allow. While a widening config waits for consent, `meet(accepted, next)`
 * is in force: what `next` narrows holds at once, what it widens does not hold yet.
 */
export function meet(accepted: Policy, next: Policy): Policy {
  const empty = [accepted, next].find((policy) => policy.parts.length === 0);
  return empty ?? Object.freeze({ parts: Object.freeze([...accepted.parts, ...next.parts]) });
}
