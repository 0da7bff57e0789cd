/** What the model is told when a call is refused or has to wait: the rule that spoke, and what is legal instead. */
import type { Decision } from "../policy/decision.ts";
import { reasonText } from "../policy/reasons.ts";

type Advice = { readonly reason: RegExp; readonly instead: string };

/** First match wins; the last matches all. */
const advice: readonly Advice[] = [
  { reason: /secret/, instead: "Leave the secret out. Secrets never go to others, into URLs or into queries." },
  {
    reason: /readers/,
    instead: "Answer without what these readers may not see, or answer the owner in a private chat.",
  },
  {
    reason: /^exec\.sandbox_not_proven/,
    instead: "Commands cannot run in the sandbox now; `session_status` says why. Work with read, write and edit.",
  },
  { reason: /^exec\./, instead: "Run it without `host`, in the sandbox, or ask the owner to run it." },
  { reason: /^fs\./, instead: "Use a path inside the workspace." },
  {
    reason: /egress/,
    instead:
      "Fetch a URL that the person wrote, or that stands on a page of a site they named; or ask them for the URL.",
  },
  { reason: /send/, instead: "Answer here, in this conversation, and let the person pass it on." },
  {
    reason: /^tool\./,
    instead: "Use another tool of this turn, or tell the person that their settings do not allow this one.",
  },
];

const fallback = "Do the task without this call, or tell the person what you would need and why.";

/** Two or three sentences. */
export function refusalText(tool: string, decision: Decision): string {
  const instead = advice.find(({ reason }) => reason.test(decision.reason))?.instead ?? fallback;
  return `Refused: \`${tool}\` did not run. Rule ${ruleText(decision)}. ${instead} Do not repeat the call unchanged.`;
}

/** Why the owner is asked, for the card: the meaning first, then the rule. */
export function askText(decision: Decision): string {
  const { means } = reasonText(decision.reason);
  return `${means.charAt(0).toUpperCase()}${means.slice(1)}. Rule ${ruleText(decision)}.`;
}

/** `flow.send_secret (engine)`: what spoke and where it is set. */
function ruleText(decision: Decision): string {
  const origins = [...new Set(decision.because.map(({ origin }) => origin))].join(", ");
  return origins === "" ? decision.reason : `${decision.reason} (${origins})`;
}
