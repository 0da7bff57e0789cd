/** Rules and the policy made of them. A rule is a fact about requests with an effect; order carries no meaning. */
import type { Because, Effect } from "./decision.ts";
import type { Action, Path, Request } from "./request.ts";

export type ActionKind = Action["kind"];

/** A request whose action is of this kind. */
export type RequestOf<Kind extends ActionKind> = Request & {
  readonly action: Extract<Action, { readonly kind: Kind }>;
};

export type Rule = {
  /** Stable code `area.condition`; becomes the reason of the decisions that this rule determines. */
  readonly id: string;
  /** Config key to edit, `engine` for built-in law, `grants` for pairings. */
  readonly origin: string;
  readonly effect: Effect;
  readonly on: ActionKind;
  /** Narrows the requests that this rule is tried on: one of `keysOf`. Absent: all of its kind. */
  readonly key?: string | undefined;
  /** A rule of information flow, the only ones that read labels. `observe`: recorded, changes nothing. */
  readonly flow?: "enforce" | "observe";
  readonly applies: (request: Request) => boolean;
};

/** Rules compiled from one config, indexed by what they are tried on. */
export type RuleSet = {
  readonly rules: readonly Rule[];
  /** Kind of action, then key. */
  readonly index: ReadonlyMap<ActionKind, ReadonlyMap<Rule["key"], readonly Rule[]>>;
  /** What to name when no rule allows: the key that would have to grant. Never changes an effect. */
  readonly missing: (request: Request) => Because;
};

export class PolicyError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export const agentKey = (agent: string): string => `agent:${agent}`;
export const placeKey = (channel: string, account: string): string => `place:${channel}/${account}`;
/** The `placeKey` of a path; no account has that of the control path. */
export const pathKey = (path: Path): string =>
  path.kind === "control" ? "control" : placeKey(path.channel, path.account);
export const sinkKey = (sink: string): string => `sink:${sink}`;

type RuleOn<Kind extends ActionKind> = Omit<Rule, "on" | "applies"> & {
  readonly applies: (request: RequestOf<Kind>) => boolean;
};

/** A rule whose predicate sees only requests of its kind, already narrowed. */
export function ruleOn<Kind extends ActionKind>(on: Kind, rule: RuleOn<Kind>): Rule {
  return Object.freeze({
    ...rule,
    on,
    applies: (request: Request) => request.action.kind === on && rule.applies(request as RequestOf<Kind>),
  });
}

type RuleSources = Pick<RuleSet, "missing"> & {
  readonly base: readonly Rule[];
  /** Every other layer: none of its rules allows. */
  readonly narrowing: readonly Rule[];
};

/**
 * Puts rules together.
 * @throws PolicyError `policy.allow_outside_base` when a rule that allows is not of the base.
 */
export function assemble({ base, narrowing, missing }: RuleSources): RuleSet {
  const widening = narrowing.find((rule) => rule.effect === "allow");
  if (widening) {
    const message = `rule ${widening.id} (${widening.origin}) allows outside the base; only a base may allow`;
    throw new PolicyError("policy.allow_outside_base", message);
  }
  const rules = Object.freeze([...base, ...narrowing]);
  return Object.freeze({ rules, index: indexOf(rules), missing });
}

/** The rules worth trying on a request, in groups: those of its kind without a key, or with one of its keys. */
export function candidates(set: RuleSet, request: Request): readonly (readonly Rule[])[] {
  const ofKind = set.index.get(request.action.kind);
  if (ofKind === undefined) return [];
  return keysOf(request).map((key) => ofKind.get(key) ?? none);
}

const none: readonly Rule[] = [];

function keysOf({ action, path }: Request): readonly Rule["key"][] {
  const keys = [undefined, pathKey(path)];
  return "agent" in action ? [...keys, agentKey(action.agent), sinkKey(action.sink.kind)] : keys;
}

function indexOf(rules: readonly Rule[]): RuleSet["index"] {
  const index = new Map<ActionKind, Map<Rule["key"], Rule[]>>();
  for (const rule of rules) {
    const ofKind = index.get(rule.on) ?? new Map<Rule["key"], Rule[]>();
    index.set(rule.on, ofKind.set(rule.key, [...(ofKind.get(rule.key) ?? []), rule]));
  }
  return index;
}
