/** A run as the clients see it: turn events become `chat` and `agent` events. */
import type { TurnEvent, TurnOutcome } from "../agent/turn-contract.ts";
import type { Clock } from "../platform/clock.ts";
import type { AgentEvent, Events } from "./events.ts";
import { argumentsOf } from "./wire-messages.ts";

export type RunFacts = { readonly runId: string; readonly sessionKey: string; readonly agentId: string };

export type RunPublisher = {
  onEvent(event: TurnEvent): void;
  onOutcome(outcome: TurnOutcome): void;
};

/** One for each run; the composition root hands its functions to the turn. */
export function createRunPublisher(run: RunFacts, events: Events, clock: Clock): RunPublisher {
  let seq = 0;
  const next = () => {
    seq += 1;
    return seq;
  };
  const agent = (stream: AgentEvent["stream"], data: Record<string, unknown>) => {
    const { runId, sessionKey } = run;
    events.publish("agent", { runId, seq: next(), stream, ts: clock.now(), data: { ...data, sessionKey } });
  };
  return {
    onEvent(event) {
      const data = agentData(event);
      if (data) agent(...data);
      else if (event.kind === "text") {
        events.publish("chat", { ...run, seq: next(), state: "delta", deltaText: event.delta });
      }
    },
    onOutcome(outcome) {
      const message = (text: string) => ({
        role: "assistant",
        content: [{ type: "text", text }],
        timestamp: clock.now(),
        runId: run.runId,
      });
      events.publish("chat", { ...run, seq: next(), ...outcomeFrame(outcome, message) });
    },
  };
}

/** Undefined for text, which is a `chat` event. */
function agentData(event: TurnEvent): [stream: AgentEvent["stream"], data: Record<string, unknown>] | undefined {
  switch (event.kind) {
    case "text":
      return undefined;
    case "tool-started":
      return [
        "tool",
        { phase: "start", toolCallId: event.callId, name: event.tool, args: argumentsOf(event.argumentsText) },
      ];
    case "tool-progress":
      return ["tool", { phase: "update", toolCallId: event.callId, partialResult: event.text }];
    case "tool-finished":
      return [
        "tool",
        {
          phase: "result",
          toolCallId: event.callId,
          name: event.tool,
          result: event.text,
          isError: event.failed,
          ...(event.details === undefined ? {} : { details: event.details }),
        },
      ];
    case "parked":
      return ["lifecycle", { phase: "parked", approvalId: event.approvalId, words: event.words }];
    case "label":
      return ["label", { label: event.label }];
  }
}

type OutcomeFrame =
  | { readonly state: "final"; readonly message: unknown; readonly stopReason: string; readonly usage?: unknown }
  | { readonly state: "aborted"; readonly message: unknown }
  | { readonly state: "error"; readonly errorMessage: string };

function outcomeFrame(outcome: TurnOutcome, message: (text: string) => unknown): OutcomeFrame {
  switch (outcome.kind) {
    case "answered":
      return { state: "final", message: message(outcome.text), usage: outcome.usage, stopReason: "stop" };
    case "parked":
      return { state: "final", message: message(outcome.text), stopReason: "parked" };
    case "aborted":
      return { state: "aborted", message: message(outcome.text) };
    case "failed":
      return { state: "error", errorMessage: `${outcome.message} (${outcome.code})` };
  }
}
