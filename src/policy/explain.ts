/** The same decision, in words: what `decide` answers, every rule that spoke, and the config keys to look at. */
import { evaluate } from "./decide.ts";
import type { Decision, Effect } from "./decision.ts";
import type { Policy } from "./policy.ts";
import { reasonText } from "./reasons.ts";
import { type Path, type Request, surfaceOf } from "./request.ts";
import { freshId } from "./universe.ts";

export type Explanation = {
  readonly decision: Decision;
  /** One sentence for people: who, what, the answer, and why. */
  readonly sentence: string;
  /** What would change the answer; empty for an allow. */
  readonly instead: string;
  /** Every rule that applies, deciding or not. */
  readonly rules: readonly { readonly id: string; readonly origin: string; readonly effect: Effect }[];
};

/** Explains the answer to a request. The decision in it is the one that the Gateway acts on. */
export function explain(policy: Policy, request: Request): Explanation {
  const { decision, matched } = evaluate(policy, request);
  const { means, instead } = reasonText(decision.reason);
  const keys = [...new Set(decision.because.map(({ origin }) => origin))].join(", ");
  return {
    decision,
    sentence: `${whoAsks(request)} ${verbs[decision.effect]} ${whatFor(request)}: ${means} (${decision.reason}; ${keys}).`,
    instead,
    rules: matched.map(({ id, origin, effect }) => ({ id, origin, effect })),
  };
}

const verbs: Record<Effect, string> = {
  allow: "may",
  ask: "may, once an owner approves this very call,",
  challenge: "may not yet",
  deny: "may not",
};

function whoAsks({ principal, path }: Request): string {
  if (principal.kind === "operator") return operatorText(principal.id, path);
  const who =
    principal.id === freshId ? `Any other ${principal.channel} sender` : `${principal.channel} sender ${principal.id}`;
  return `${who} ${whereAsked(path)}`;
}

/** Of the operator as such, on no device that has a name. */
const ownNames: readonly string[] = ["owner", "operator", freshId];

/** Whoever operates the Gateway is its owner; a device's name says from where. */
function operatorText(id: string, path: Path): string {
  if (surfaceOf(path) === "http") return "The owner over HTTP";
  return ownNames.includes(id) ? "The owner" : `The owner (${id})`;
}

function whereAsked(path: Path): string {
  if (path.kind === "group") return path.group === freshId ? "in any other group" : `in group ${path.group}`;
  return path.kind === "direct" ? "in a direct chat" : "here";
}

function whatFor({ action }: Request): string {
  switch (action.kind) {
    case "message.deliver":
      return "write to the agent";
    case "message.send":
      return `be answered by agent ${action.agent}`;
    case "method.call":
      return `call ${action.method}`;
    case "tool.call":
      return `use ${action.tool} of agent ${action.agent}`;
    case "node.invoke":
      return `run ${action.command} on node ${action.node}`;
  }
}
