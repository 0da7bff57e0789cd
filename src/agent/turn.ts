/**
 * The turn loop: model → tool calls through the runner → model …, until an answer, a parked call, or an end. Whatever
 * has to survive a kill is durable before the next thing happens, so a run can be taken up at any point: it answers
 * once, and no tool runs twice.
 */
import { ModelError } from "./model-error.ts";
import { RunningTurn } from "./running-turn.ts";
import type { TurnInput, TurnOutcome, TurnRunner } from "./turn-contract.ts";
import type { OnTurnEvent, TurnDependencies } from "./turn-dependencies.ts";
import { TurnEnd, turnLimits } from "./turn-limits.ts";

export function createTurnRunner(dependencies: TurnDependencies): TurnRunner {
  return { run: (input, onEvent, signal) => runTurn(dependencies, { input, onEvent, signal }) };
}

type TurnCall = { readonly input: TurnInput; readonly onEvent: OnTurnEvent; readonly signal: AbortSignal };

async function runTurn(dependencies: TurnDependencies, { input, onEvent, signal }: TurnCall): Promise<TurnOutcome> {
  const limits = turnLimits(dependencies.config(), input.agent);
  const deadline = new AbortController();
  const timer = dependencies.clock.after(limits.durationMs, () => deadline.abort(timedOut(limits.durationMs)));
  let turn: RunningTurn | undefined;
  try {
    turn = await RunningTurn.open(dependencies, {
      input,
      onEvent,
      limits,
      signal: AbortSignal.any([signal, deadline.signal]),
    });
    return await turn.run();
  } catch (error) {
    return await endedBy(error, { signal, turn, onEvent, now: dependencies.clock.now() });
  } finally {
    timer.cancel();
  }
}

type Ending = {
  readonly signal: AbortSignal;
  readonly turn: RunningTurn | undefined;
  readonly onEvent: OnTurnEvent;
  readonly now: number;
};

/** Makes an outcome of whatever ended the turn, and stores it so that a restart does not begin again. */
async function endedBy(error: unknown, ending: Ending): Promise<TurnOutcome> {
  const text = ending.turn?.toldText ?? "";
  // Going down is no end: the run is taken up at the next start.
  if (ending.signal.aborted && ending.signal.reason === "shutdown") return { kind: "aborted", text };
  const outcome = ending.signal.aborted ? ({ kind: "aborted", text } as const) : failureOf(error);
  if (!ending.turn) return outcome;
  try {
    await storeEnd(ending.turn, outcome, ending.now);
    return outcome;
  } catch (storeError) {
    return storeFailure(storeError);
  }
}

type Ended = Extract<TurnOutcome, { kind: "aborted" | "failed" }>;

async function storeEnd({ record, label }: RunningTurn, end: Ended, at: number): Promise<void> {
  if (end.kind === "failed") {
    const { code, message } = end;
    // The message may quote the provider: as a model's output it has the context's label.
    const content = { kind: "notice", text: message, ends: "failed", code } as const;
    await record.append([{ content, label: label() }], at);
    return;
  }
  const stopped = { kind: "notice", text: "Stopped by the person.", ends: "aborted" } as const;
  const said = end.text === "" ? [] : [{ content: { kind: "assistant", text: end.text } as const, label: label() }];
  await record.append([...said, { content: stopped, label: label() }], at);
}

function failureOf(error: unknown): Ended {
  if (error instanceof ModelError || error instanceof TurnEnd) {
    return { kind: "failed", code: error.code, message: error.message };
  }
  return storeFailure(error);
}

function storeFailure(error: unknown): Ended {
  const why = error instanceof Error ? error.message : String(error);
  return {
    kind: "failed",
    code: "turn.store_failed",
    message: `The turn could not go on. The cause: ${why}. Check the disk and \`fased logs\`; the message is kept.`,
  };
}

function timedOut(durationMs: number): TurnEnd {
  const seconds = Math.round(durationMs / 1_000);
  return new TurnEnd(
    "turn.timed_out",
    `I stopped: the turn took longer than ${seconds} s. Ask for a smaller piece, or raise \`agents.defaults.timeoutSeconds\`.`,
  );
}
