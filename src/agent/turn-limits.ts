/** What one turn may use, and how it ends when that is used up. */
import type { Config } from "../config/schema.ts";

/** Characters of text and tool arguments that one model answer may have. */
export const answerCharsMax = 200_000;
/** Refusals by the policy after which a turn ends. */
export const denialsMax = 3;
const msPerSecond = 1_000;

export type TurnLimits = {
  readonly stepsMax: number;
  readonly toolCallsMax: number;
  readonly tokensMax: number;
  readonly dayTokensMax: number;
  readonly durationMs: number;
};

export function turnLimits(config: Config, agent: string): TurnLimits {
  const settings = config.agents.list.find(({ id }) => id === agent) ?? config.agents.defaults;
  return {
    stepsMax: settings.budgets.turnStepsMax,
    toolCallsMax: settings.budgets.turnToolCallsMax,
    tokensMax: settings.budgets.turnTokensMax,
    dayTokensMax: settings.budgets.dayTokensMax,
    durationMs: settings.timeoutSeconds * msPerSecond,
  };
}

export type TurnEndCode =
  | "turn.steps_exceeded"
  | "turn.tool_calls_exceeded"
  | "turn.tokens_exceeded"
  | "turn.day_tokens_exceeded"
  | "turn.timed_out"
  | "turn.denied"
  | "turn.store_failed";

/** Ends a turn without an answer; the message says what, why and what to do. */
export class TurnEnd extends Error {
  readonly code: TurnEndCode;

  constructor(code: TurnEndCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type Spent = {
  readonly steps: number;
  readonly toolCalls: number;
  readonly tokens: number;
  readonly dayTokens: number;
};

/** The end that is due before another model call; undefined while all is within the limits. */
export function limitReached(spent: Spent, limits: TurnLimits): TurnEnd | undefined {
  if (spent.steps >= limits.stepsMax) {
    return exceeded("turn.steps_exceeded", `${limits.stepsMax} model calls`, "turnStepsMax");
  }
  if (spent.toolCalls >= limits.toolCallsMax) {
    return exceeded("turn.tool_calls_exceeded", `${limits.toolCallsMax} tool calls`, "turnToolCallsMax");
  }
  if (spent.tokens >= limits.tokensMax) {
    return exceeded("turn.tokens_exceeded", `${limits.tokensMax} tokens`, "turnTokensMax");
  }
  if (spent.dayTokens >= limits.dayTokensMax) {
    return new TurnEnd(
      "turn.day_tokens_exceeded",
      `This agent has used its ${limits.dayTokensMax} tokens of today. Wait until tomorrow (UTC), or raise \`agents.defaults.budgets.dayTokensMax\`.`,
    );
  }
  return undefined;
}

function exceeded(code: TurnEndCode, amount: string, key: string): TurnEnd {
  return new TurnEnd(
    code,
    `I stopped: this turn used its ${amount} without coming to an end. Ask for a smaller piece, or raise \`agents.defaults.budgets.${key}\`.`,
  );
}
