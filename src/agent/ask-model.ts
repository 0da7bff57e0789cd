/** One call of a model, streamed to its end: bounded in time and size, repeated where that can help. */
import type { Clock } from "../platform/clock.ts";
import type { ModelChoice, ModelMessage, ModelPart, ModelTool } from "./model.ts";
import { classifyModelError, ModelError, streamCut, timedOut } from "./model-error.ts";
import type { Usage } from "./turn-contract.ts";

/** Local models read a long prompt slowly: the first part may take this long. */
const firstPartTimeoutMs = 180_000;
/** Silence in the middle of an answer. */
const idleTimeoutMs = 60_000;
/** Calls of one step, the first included. */
const attemptsMax = 3;
/** A provider that asks to wait longer is told to the person instead. */
const retryWaitMaxMs = 20_000;
const retryWaitMs = [400, 2_000];
const outputTokensMax = 16_384;

export type ModelCall = { readonly name: string; readonly argumentsText: string };

export type ModelAnswer = {
  readonly text: string;
  readonly calls: readonly ModelCall[];
  readonly usage: Usage;
  /** `length`: the answer was cut by its token limit. */
  readonly ended: "complete" | "length";
};

export type Question = {
  readonly choice: ModelChoice;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Characters of text and arguments after which the answer is cut off. */
  readonly outputCharsMax: number;
  onText(delta: string): void;
};

/**
 * Rejects with ModelError, or with the signal's reason when it aborts. Text is told as it comes; when a cut stream is
 * repeated, only what goes beyond the text already told is told again.
 */
export async function askModel(question: Question): Promise<ModelAnswer> {
  const told = new ToldText(question.onText);
  for (let attempt = 1; ; attempt += 1) {
    question.signal.throwIfAborted();
    told.restart();
    try {
      return await attemptOnce(question, told);
    } catch (error) {
      question.signal.throwIfAborted();
      const failure = classifyModelError(error, question.choice.provider);
      const waitMs = waitBefore(attempt, failure);
      if (waitMs === undefined) throw failure;
      await pause(waitMs, question);
    }
  }
}

/** Milliseconds to wait before the next attempt; undefined when there is none. */
function waitBefore(attempt: number, error: ModelError): number | undefined {
  if (!error.repeatable || attempt >= attemptsMax) return undefined;
  const waitMs = error.failure.retryAfterMs ?? retryWaitMs[attempt - 1] ?? retryWaitMaxMs;
  return waitMs <= retryWaitMaxMs ? waitMs : undefined;
}

function pause(waitMs: number, { clock, signal }: Question): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(waitMs, done);
    signal.addEventListener("abort", done);
  });
}

async function attemptOnce(question: Question, told: ToldText): Promise<ModelAnswer> {
  const watch = new Watch(question);
  try {
    const { model } = question.choice;
    const { stream } = await watch.race(
      model.doStream({
        prompt: [...question.messages],
        ...(question.tools.length > 0 ? { tools: [...question.tools] } : {}),
        maxOutputTokens: outputTokensMax,
        abortSignal: watch.signal,
      }),
    );
    return await readAnswer(stream, { question, told, watch });
  } finally {
    watch.end();
  }
}

type Reading = { readonly question: Question; readonly told: ToldText; readonly watch: Watch };

async function readAnswer(stream: ReadableStream<ModelPart>, { question, told, watch }: Reading): Promise<ModelAnswer> {
  const answer = new AnswerBuilder(question.choice.provider, question.outputCharsMax);
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await watch.race(reader.read());
      if (done) return answer.finish();
      watch.heard();
      const delta = answer.take(value);
      if (delta !== "") told.tell(delta);
      if (answer.full) return answer.finish();
    }
  } finally {
    // Not awaited: a source that hangs must not hold the turn.
    reader.cancel().catch(() => undefined);
  }
}

class AnswerBuilder {
  readonly #provider: string;
  readonly #charsMax: number;
  readonly #calls: ModelCall[] = [];
  #text = "";
  #chars = 0;
  #finish: Extract<ModelPart, { type: "finish" }> | undefined;

  constructor(provider: string, charsMax: number) {
    this.#provider = provider;
    this.#charsMax = charsMax;
  }

  get full(): boolean {
    return this.#chars > this.#charsMax;
  }

  /** Takes one part in; returns the text that it adds. */
  take(part: ModelPart): string {
    switch (part.type) {
      case "text-delta":
        this.#text += part.delta;
        this.#chars += part.delta.length;
        return part.delta;
      case "tool-call":
        // A provider that ran the tool itself has acted beyond the guard: such tools are never offered.
        if (part.providerExecuted === true) return "";
        this.#calls.push({ name: part.toolName, argumentsText: part.input });
        this.#chars += part.input.length;
        return "";
      case "error":
        throw classifyModelError(part.error, this.#provider);
      case "finish":
        this.#finish = part;
        return "";
      default:
        return "";
    }
  }

  finish(): ModelAnswer {
    const reason = this.full ? "length" : this.#finish?.finishReason.unified;
    if (reason === undefined || reason === "interrupted" || reason === "error") {
      throw new ModelError(streamCut(this.#provider));
    }
    const text = this.#text.slice(0, this.#charsMax);
    if (text.trim() === "" && this.#calls.length === 0) throw new ModelError(emptyAnswer(this.#provider, reason));
    return {
      text,
      calls: this.#calls,
      usage: {
        inputTokens: this.#finish?.usage.inputTokens.total ?? 0,
        outputTokens: this.#finish?.usage.outputTokens.total ?? 0,
      },
      ended: reason === "length" ? "length" : "complete",
    };
  }
}

function emptyAnswer(provider: string, reason: string) {
  if (reason === "content-filter") {
    return {
      code: "model.content_filtered" as const,
      what: `${provider} withheld its answer.`,
      why: "Its content filter stopped it.",
      fix: "Put the question differently, or choose another model.",
    };
  }
  return {
    code: "model.empty_answer" as const,
    what: `${provider} answered with nothing.`,
    why: "",
    fix: "Ask again, or choose another model.",
  };
}

/** Passes text on, and after a repetition only what is new. */
class ToldText {
  readonly #onText: (delta: string) => void;
  #told = "";
  #seen = "";

  constructor(onText: (delta: string) => void) {
    this.#onText = onText;
  }

  restart(): void {
    this.#seen = "";
  }

  tell(delta: string): void {
    this.#seen += delta;
    if (this.#seen.length <= this.#told.length || !this.#seen.startsWith(this.#told)) return;
    const fresh = this.#seen.slice(this.#told.length);
    this.#told = this.#seen;
    this.#onText(fresh);
  }
}

/** Ends a call that stays silent, or whose turn is aborted, even when the provider does not listen to its signal. */
class Watch {
  readonly #question: Question;
  readonly #controller = new AbortController();
  readonly #failed: Promise<never>;
  readonly #onAbort: () => void;
  #fail: (error: unknown) => void = () => undefined;
  #lastHeardAt: number;
  #limitMs = firstPartTimeoutMs;
  #timer: { cancel(): void };

  constructor(question: Question) {
    this.#question = question;
    this.#failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => undefined);
    this.#onAbort = () => this.#stop(question.signal.reason);
    question.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#lastHeardAt = question.clock.now();
    this.#timer = question.clock.after(this.#limitMs, () => this.#check());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  race<T>(promise: PromiseLike<T>): Promise<T> {
    return Promise.race([promise, this.#failed]);
  }

  heard(): void {
    this.#lastHeardAt = this.#question.clock.now();
    if (this.#limitMs === idleTimeoutMs) return;
    this.#limitMs = idleTimeoutMs;
    this.#timer.cancel();
    this.#timer = this.#question.clock.after(idleTimeoutMs, () => this.#check());
  }

  end(): void {
    this.#timer.cancel();
    this.#question.signal.removeEventListener("abort", this.#onAbort);
  }

  #check(): void {
    const leftMs = this.#lastHeardAt + this.#limitMs - this.#question.clock.now();
    if (leftMs > 0) {
      this.#timer = this.#question.clock.after(leftMs, () => this.#check());
      return;
    }
    this.#stop(new ModelError(timedOut(this.#question.choice.provider)));
  }

  #stop(reason: unknown): void {
    this.#controller.abort(reason);
    this.#fail(reason);
  }
}
