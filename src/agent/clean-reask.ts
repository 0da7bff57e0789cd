/**
 * The clean re-ask: before integrity alone would ask or deny, the model is asked once more with everything below the
 * speaker's label left out. A call that comes back in the same canonical form did not need what was left out.
 */
import canonicalize from "canonicalize";
import type { Label } from "../policy/label.ts";
import type { ModelAnswer, ModelCall } from "./ask-model.ts";
import { cleanWindow, speakerLabel, type Window, type WindowSources, windowLabel } from "./window.ts";

export type Reask = {
  /** What the model saw when it made the call. */
  readonly sources: WindowSources;
  readonly call: ModelCall;
  /** Asks the model; undefined when the turn's budget allows no further call, or the model fails. */
  ask(window: Window): Promise<ModelAnswer | undefined>;
};

/** The label of the clean window when the same call came back from it, else undefined. */
export async function cleanReask({ sources, call, ask }: Reask): Promise<Label | undefined> {
  const speaker = speakerLabel(sources.current);
  if (!speaker) return undefined;
  const clean = cleanWindow(sources, speaker);
  if (clean.label.integrity === windowLabel(sources).integrity) return undefined;
  const answer = await ask(clean);
  return answer?.calls.some((again) => sameCall(again, call)) === true ? clean.label : undefined;
}

/** Same tool, same arguments in RFC 8785 form. Arguments that are no JSON are never the same. */
export function sameCall(a: ModelCall, b: ModelCall): boolean {
  if (a.name !== b.name) return false;
  const form = canonicalArguments(a);
  return form !== undefined && form === canonicalArguments(b);
}

function canonicalArguments({ argumentsText }: ModelCall): string | undefined {
  try {
    return canonicalize(JSON.parse(argumentsText === "" ? "{}" : argumentsText));
  } catch {
    return undefined;
  }
}
