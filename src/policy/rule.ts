/** Rules and the policy made of them. A rule is a fact about requests with an effect; order carries no meaning. */
import type { Because, Effect } from "./decision.ts";
import type { Action, Request } from "./request.ts";

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
  readonly key?: string;
  /** A rule of information flow, the only ones that read labels. `observe`: recorded, changes nothing. */
  readonly flow?: "enforce" | "observe";
  readonly applies: (request: Request) => boolean;
};

/** Rules of one origin layer. Only a `base` may contain rules that allow. */
export type Layer = { readonly kind: "base" | "narrowing"; readonly rules: readonly Rule[] };

/** Rules compiled from one config, indexed by what they are tried on. */
export type RuleSet = {
  readonly rules: readonly Rule[];
  /** Kind of action, then key. */
  readonly index: ReadonlyMap<ActionKind, ReadonlyMap<string, readonly Rule[]>>;
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
export const surfaceKey = (surface: string): string => `surface:${surface}`;
export const sinkKey = (sink: string): string => `sink:${sink}`;
const anyKey = "";

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

/**
 * Puts layers together.
 * @throws PolicyError `policy.allow_outside_base` when a narrowing layer holds a rule that allows.
 */
export function assemble(layers: readonly Layer[], context: Pick<RuleSet, "missing">): RuleSet {
  for (const layer of layers) {
    const widening = layer.kind === "narrowing" && layer.rules.find((rule) => rule.effect === "allow");
    if (widening) {
      const message = `rule ${widening.id} (${widening.origin}) allows outside the base; only a base may allow`;
      throw new PolicyError("policy.allow_outside_base", message);
    }
  }
  const rules = Object.freeze(layers.flatMap((layer) => layer.rules));
  return Object.freeze({ rules, index: indexOf(rules), ...context });
}

/** The rules worth trying on a request, in groups: those of its kind without a key, or with one of its keys. */
export function candidates(set: RuleSet, request: Request): readonly (readonly Rule[])[] {
  const ofKind = set.index.get(request.action.kind);
  if (ofKind === undefined) return [];
  return keysOf(request).map((key) => ofKind.get(key) ?? none);
}

const none: readonly Rule[] = [];

function keysOf({ action, path }: Request): string[] {
  const keys = [anyKey];
  if (path.kind !== "control") keys.push(placeKey(path.channel, path.account));
  if ("agent" in action) keys.push(agentKey(action.agent), sinkKey(action.sink.kind));
  if ("surface" in action) keys.push(surfaceKey(action.surface));
  return keys;
}

function indexOf(rules: readonly Rule[]): RuleSet["index"] {
  const index = new Map<ActionKind, Map<string, Rule[]>>();
  for (const rule of rules) {
    const ofKind = index.get(rule.on) ?? new Map<string, Rule[]>();
    const key = rule.key ?? anyKey;
    index.set(rule.on, ofKind.set(key, [...(ofKind.get(key) ?? []), rule]));
  }
  return index;
}
