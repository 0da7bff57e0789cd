/** What the turn loop and the tool runner say to each other. */
import type { Decision } from "../policy/decision.ts";
import type { Label } from "../policy/label.ts";
import type { ToolResult, ToolTurn } from "./tool.ts";

export type ToolCall = { readonly id: string; readonly name: string; readonly argumentsText: string };

export type DispatchHooks = {
  /**
   * The clean re-ask: asks the model once more with every item below the speaker's label replaced by its handle.
   * Resolves to the label of that window when the same canonical call came back, else undefined.
   */
  cleanReask(call: ToolCall): Promise<Label | undefined>;
};

export type DispatchOutcome =
  | { readonly kind: "result"; readonly result: ToolResult }
  /** `text` tells the model the rule and the legal alternative. */
  | { readonly kind: "denied"; readonly decision: Decision; readonly text: string }
  /** The run waits for its owner; `words` are the two to four words of the call's hash. */
  | { readonly kind: "parked"; readonly approvalId: string; readonly words: string };

export interface ToolRunner {
  /** Names, descriptions and JSON schemas of the tools that the policy lets this turn see. */
  offered(turn: ToolTurn): readonly { readonly name: string; readonly description: string; readonly schema: object }[];
  /** Parses, plans, checks, journals the step, runs. Never throws for what a model can cause. */
  dispatch(call: ToolCall, turn: ToolTurn, hooks: DispatchHooks): Promise<DispatchOutcome>;
  /** The same call with its grant, after the owner decided; a denied or expired approval yields `denied`. */
  resume(approvalId: string, turn: ToolTurn): Promise<DispatchOutcome>;
}
