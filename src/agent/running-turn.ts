/** One run of the loop, from where its stored items say it stands. */
import { cleanLabel, type Label } from "../policy/label.ts";
import type { Item } from "../sessions/item.ts";
import { reach } from "../sessions/kill-points.ts";
import type { StoredStep } from "../sessions/run-steps.ts";
import type { SessionStore, Trunk } from "../sessions/session-store.ts";
import type { DispatchOutcome, ToolCall } from "../tools/dispatch-contract.ts";
import type { ToolResult, ToolTurn } from "../tools/tool.ts";
import { askModel, type ModelAnswer } from "./ask-model.ts";
import { cleanReask } from "./clean-reask.ts";
import type { ModelChoice, ModelTool } from "./model.ts";
import { ModelError } from "./model-error.ts";
import { type NewContent, RunRecord } from "./run-record.ts";
import type { TurnInput, TurnOutcome } from "./turn-contract.ts";
import type { OnTurnEvent, TurnDependencies } from "./turn-dependencies.ts";
import { answerCharsMax, denialsMax, limitReached, TurnEnd, type TurnLimits } from "./turn-limits.ts";
import { createTurnWindow } from "./turn-window.ts";
import { boundedTrunk, type LabelledText, openWindow, type Window, type WindowSources, windowLabel } from "./window.ts";

type TurnSetup = {
  readonly input: TurnInput;
  readonly onEvent: OnTurnEvent;
  readonly limits: TurnLimits;
  readonly signal: AbortSignal;
};

type Opened = {
  readonly store: SessionStore;
  readonly record: RunRecord;
  readonly trunk: Trunk;
  readonly system: LabelledText;
  readonly choices: readonly ModelChoice[];
};

type Settled =
  | { readonly kind: "stored" }
  | { readonly kind: "parked"; readonly approvalId: string; readonly words: string };

const unknownOutcome =
  "Outcome unknown: the Gateway stopped while this call ran. It was not repeated. Look at what it left behind before trying again.";

export class RunningTurn {
  readonly record: RunRecord;
  /** Text told to the person in the current step. */
  toldText = "";
  readonly #dependencies: TurnDependencies;
  readonly #setup: TurnSetup;
  readonly #opened: Opened;
  /** Steps of an earlier process, by call id; consulted once each. */
  readonly #earlier: Map<string, StoredStep>;
  readonly #reasks = new Map<string, Promise<ModelAnswer | undefined>>();
  #choiceIndex = 0;
  #stepCount = 0;
  #toolCalls = 0;
  #denials = 0;
  #usage = { inputTokens: 0, outputTokens: 0 };
  #uncounted = { inputTokens: 0, outputTokens: 0 };

  static async open(dependencies: TurnDependencies, setup: TurnSetup): Promise<RunningTurn> {
    const { input } = setup;
    const store = dependencies.sessions(input.agent);
    const record = new RunRecord(store, input);
    const trunk = boundedTrunk(store.trunk(input.session, input.run));
    const ended = record.end() !== undefined;
    const [system, choices] = ended
      ? [{ text: "", label: cleanLabel }, []]
      : await Promise.all([dependencies.systemPrompt(input), dependencies.models.choose(input.agent)]);
    return new RunningTurn(dependencies, setup, { store, record, trunk, system, choices });
  }

  private constructor(dependencies: TurnDependencies, setup: TurnSetup, opened: Opened) {
    this.#dependencies = dependencies;
    this.#setup = setup;
    this.#opened = opened;
    this.record = opened.record;
    const steps = this.record.unsettledCalls().length > 0 ? dependencies.steps.of(setup.input.run) : [];
    this.#earlier = new Map(steps.map((step) => [step.callId, step]));
  }

  /** Label of the window now. */
  readonly label = (): Label => windowLabel(this.#sources(this.record.items));

  async run(): Promise<TurnOutcome> {
    reach("run.started");
    for (;;) {
      const end = this.record.end();
      if (end) return end.kind === "answered" ? { ...end, usage: this.#usage } : end;
      const parked = await this.#settleCalls();
      if (parked) return parked;
      this.#checkDenials();
      this.#checkLimits();
      await this.#step();
    }
  }

  /** One model call, and what it says made durable. */
  async #step(): Promise<void> {
    const window = openWindow(this.#sources(this.record.items));
    this.toldText = "";
    this.#setup.onEvent({ kind: "label", label: window.label });
    const answer = await this.#ask(window, (delta) => {
      this.toldText += delta;
      this.#setup.onEvent({ kind: "text", delta });
    });
    reach("model.answered");
    this.#setup.signal.throwIfAborted();
    await this.#store(answer, window.label);
  }

  async #store(answer: ModelAnswer, label: Label): Promise<void> {
    const text = answer.ended === "length" ? `${answer.text}\n\n[cut at the length limit]` : answer.text;
    const contents: NewContent[] = text.trim() === "" ? [] : [{ content: { kind: "assistant", text }, label }];
    const first = this.record.callCount + 1;
    answer.calls.forEach(({ name, argumentsText }, index) => {
      const callId = `call-${first + index}`;
      contents.push({ content: { kind: "tool-call", callId, tool: name, argumentsText }, label });
    });
    await this.#append(contents);
    reach(answer.calls.length === 0 ? "answer.stored" : "calls.stored");
  }

  async #append(contents: readonly NewContent[]): Promise<void> {
    const usage = this.#uncounted;
    this.#uncounted = { inputTokens: 0, outputTokens: 0 };
    const counts = usage.inputTokens + usage.outputTokens > 0;
    await this.record.append(contents, this.#dependencies.clock.now(), counts ? usage : undefined);
  }

  /** Brings every call of the last answer to a result, as far as that goes without the owner. */
  async #settleCalls(): Promise<TurnOutcome | undefined> {
    let parked: Extract<Settled, { kind: "parked" }> | undefined;
    for (const call of this.record.unsettledCalls()) {
      this.#setup.signal.throwIfAborted();
      this.#checkDenials();
      const settled = await this.#settle({ id: call.callId, name: call.tool, argumentsText: call.argumentsText });
      if (settled.kind === "parked") parked ??= settled;
    }
    return parked && (await this.#park(parked));
  }

  async #settle(call: ToolCall): Promise<Settled> {
    const earlier = this.#earlier.get(call.id);
    this.#earlier.delete(call.id);
    switch (earlier?.state) {
      case "finished":
        return await this.#storeResult(call, earlier.result);
      case "started":
        return await this.#storeResult(call, {
          text: unknownOutcome,
          failed: true,
          label: cleanLabel,
          details: { unknown: true },
        });
      case "waiting":
        return await this.#goOn(call, earlier);
      default:
        return await this.#take(call, await this.#dispatch(call));
    }
  }

  /** A call that waited for its owner: it goes on when this start is its approval, else it waits on. */
  async #goOn(call: ToolCall, step: Extract<StoredStep, { state: "waiting" }>): Promise<Settled> {
    const { start } = this.#setup.input;
    if (start.kind !== "approval" || start.approvalId !== step.approvalId) {
      return { kind: "parked", approvalId: step.approvalId, words: step.words };
    }
    reach("run.resumed");
    this.#tellStarted(call);
    return await this.#take(call, await this.#dependencies.tools.resume(step.approvalId, this.#toolTurn(call)));
  }

  async #dispatch(call: ToolCall): Promise<DispatchOutcome> {
    if (this.#toolCalls >= this.#setup.limits.toolCallsMax) this.#checkLimits();
    this.#toolCalls += 1;
    this.#tellStarted(call);
    return await this.#dependencies.tools.dispatch(call, this.#toolTurn(call), {
      cleanReask: (asked) => this.#cleanReask(asked),
    });
  }

  #tellStarted({ id, name, argumentsText }: ToolCall): void {
    this.#setup.onEvent({ kind: "tool-started", callId: id, tool: name, argumentsText });
  }

  async #take(call: ToolCall, outcome: DispatchOutcome): Promise<Settled> {
    switch (outcome.kind) {
      case "result":
        return await this.#storeResult(call, outcome.result);
      case "denied":
        this.#denials += 1;
        return await this.#storeResult(call, { text: outcome.text, failed: true, label: cleanLabel });
      case "parked":
        this.#setup.onEvent({ kind: "parked", approvalId: outcome.approvalId, words: outcome.words });
        return outcome;
    }
  }

  async #storeResult(call: ToolCall, result: Omit<ToolResult, "details"> & { details?: unknown }): Promise<Settled> {
    const { text, failed, label, details } = result;
    const { id: callId, name: tool } = call;
    const shown = details === undefined ? {} : { details };
    const content = { kind: "tool-result" as const, callId, tool, text, failed, ...shown };
    await this.#append([{ content, label, ...(failed ? {} : { origin: result.origin ?? "" }) }]);
    reach("result.stored");
    this.#setup.onEvent({ kind: "tool-finished", callId, tool, failed, text, ...shown });
    return { kind: "stored" };
  }

  async #park({ approvalId, words }: Extract<Settled, { kind: "parked" }>): Promise<TurnOutcome> {
    reach("run.parking");
    const text = `A call of this turn waits for the owner's approval (${words}).`;
    const last = this.record.items.at(-1)?.content;
    if (last?.kind !== "notice" || last.text !== text) {
      await this.#append([{ content: { kind: "notice", text }, label: cleanLabel }]);
    }
    reach("run.parked");
    return { kind: "parked", approvalId, words, text: this.toldText };
  }

  #checkDenials(): void {
    if (this.#denials < denialsMax) return;
    throw new TurnEnd(
      "turn.denied",
      `I stopped: ${this.#denials} calls of this turn are not allowed here. The tool cards name the rules; \`fased security explain\` says what would change them.`,
    );
  }

  #checkLimits(): void {
    const end = limitReached(this.#spent(), this.#setup.limits);
    if (end) throw end;
  }

  #spent() {
    return {
      steps: this.#stepCount,
      toolCalls: this.#toolCalls,
      tokens: this.#usage.inputTokens + this.#usage.outputTokens,
      dayTokens: this.#opened.store.tokensOfDay(this.#dependencies.clock.now()),
    };
  }

  /** Asks the chosen model; when it fails for good, the next one that is configured. */
  async #ask(window: Window, onText: (delta: string) => void): Promise<ModelAnswer> {
    for (;;) {
      const choice = this.#choice();
      try {
        this.#stepCount += 1;
        const answer = await askModel({
          choice,
          messages: window.messages,
          tools: this.#offeredTools(),
          signal: this.#setup.signal,
          clock: this.#dependencies.clock,
          outputCharsMax: answerCharsMax,
          onText,
        });
        this.#count(answer.usage);
        return answer;
      } catch (error) {
        const next = this.#choiceIndex + 1 < this.#opened.choices.length;
        if (!(error instanceof ModelError) || !error.replaceable || !next) throw error;
        this.#choiceIndex += 1;
      }
    }
  }

  #count({ inputTokens, outputTokens }: ModelAnswer["usage"]): void {
    this.#usage = add(this.#usage, { inputTokens, outputTokens });
    this.#uncounted = add(this.#uncounted, { inputTokens, outputTokens });
  }

  #choice(): ModelChoice {
    const choice = this.#opened.choices[this.#choiceIndex];
    if (!choice) throw new Error("no model was chosen");
    return choice;
  }

  async #cleanReask(call: ToolCall): Promise<Label | undefined> {
    const current = this.record.before(call.id);
    return await cleanReask({
      sources: this.#sources(current),
      call,
      ask: (window) => this.#askOnce(current.length, window),
    });
  }

  /** Calls of one answer were made in one window: it is asked again once for all of them. */
  #askOnce(itemsBefore: number, window: Window): Promise<ModelAnswer | undefined> {
    const key = String(itemsBefore);
    const known = this.#reasks.get(key);
    if (known) return known;
    const asked = this.#reaskModel(window);
    this.#reasks.set(key, asked);
    return asked;
  }

  async #reaskModel(window: Window): Promise<ModelAnswer | undefined> {
    if (limitReached(this.#spent(), this.#setup.limits)) return undefined;
    try {
      return await this.#ask(window, () => undefined);
    } catch (error) {
      // Without a second answer the call is judged under the label that it has.
      if (error instanceof ModelError) return undefined;
      throw error;
    }
  }

  #sources(current: readonly Item[]): WindowSources {
    const { system, trunk } = this.#opened;
    return { system, trunk, current, speakers: this.#setup.input.path.kind === "group" ? "named" : "one" };
  }

  #offeredTools(): readonly ModelTool[] {
    return this.#dependencies.tools.offered(this.#toolTurn({ id: "", name: "", argumentsText: "" })).map((tool) => ({
      type: "function",
      name: tool.name,
      description: tool.description,
      inputSchema: tool.schema,
    }));
  }

  #toolTurn(call: ToolCall): ToolTurn {
    const { input, signal, onEvent } = this.#setup;
    const { http, clock, config, workspace } = this.#dependencies;
    const { run, agent, session, principal, path, audience, replyTarget } = input;
    return Object.freeze({
      run,
      agent,
      session,
      principal,
      path,
      audience,
      replyTarget,
      provider: this.#choice().provider,
      window: createTurnWindow({
        // Not the window of now: results of its sibling calls came after the arguments were written.
        label: call.id === "" ? this.label : () => this.record.labelOfCall(call.id),
        trunk: this.#opened.trunk,
        current: () => this.record.items,
        path,
      }),
      workspace: workspace(agent),
      http,
      clock,
      config: config(),
      signal,
      progress: (text: string) => onEvent({ kind: "tool-progress", callId: call.id, text }),
    });
  }
}

function add(a: ModelAnswer["usage"], b: ModelAnswer["usage"]): { inputTokens: number; outputTokens: number } {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}
