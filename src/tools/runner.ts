/**
 * The one place from which tools run: parse, plan, check, journal, run. No tool is called from anywhere else, and none
 * runs without the seal that the guard gave for exactly this call.
 */
import type { Authorized } from "../guard/authorized.ts";
import type { Guard } from "../guard/guard.ts";
import type { Clock } from "../platform/clock.ts";
import type { Decision } from "../policy/decision.ts";
import { cleanLabel, type Label } from "../policy/label.ts";
import { surfaceOf } from "../policy/request.ts";
import { reach } from "../sessions/kill-points.ts";
import { type RunSteps, type StepKey, StepRepeatedError } from "../sessions/run-steps.ts";
import type { Approval } from "./approval.ts";
import { type Approvals, approvalNonce } from "./approvals.ts";
import { type CanonicalCall, hashOfCall } from "./canonical-call.ts";
import type { DispatchHooks, DispatchOutcome, ToolCall, ToolRunner } from "./dispatch-contract.ts";
import { askText, refusalText } from "./refusal-text.ts";
import type { PreparedCall, RegisteredTool, ToolRegistry } from "./registry.ts";
import { ToolError, type ToolPlan, type ToolRequest, type ToolResult, type ToolTurn } from "./tool.ts";

export type RunnerPorts = {
  readonly guard: Guard;
  readonly registry: ToolRegistry;
  readonly approvals: Approvals;
  readonly steps: RunSteps;
  readonly clock: Clock;
  /** What the policy would answer: nothing is recorded, nothing is sealed. */
  foresee(request: ToolRequest): Decision;
};

/** What one result may put into the window. */
const toolResultCharsMax = 200_000;
/** An owner's message this young can have asked for a card. */
const askedWithinMs = 10 * 60 * 1_000;

export function createToolRunner(ports: RunnerPorts): ToolRunner {
  return new Runner(ports);
}

type Step = {
  readonly call: ToolCall;
  readonly tool: RegisteredTool;
  readonly prepared: PreparedCall;
  readonly plan: ToolPlan;
};

class Runner implements ToolRunner {
  readonly #ports: RunnerPorts;

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
  }

  offered(turn: ToolTurn) {
    return this.#ports.registry
      .all()
      .filter(
        (tool) =>
          this.#ports.foresee(requestOf({ name: tool.name, plan: tool.mildest(turn) }, turn, cleanLabel)).effect !==
          "deny",
      )
      .map(({ name, description, schema }) => ({ name, description, schema }));
  }

  async dispatch(call: ToolCall, turn: ToolTurn, hooks: DispatchHooks): Promise<DispatchOutcome> {
    const step = await this.#prepare(call, turn);
    if ("kind" in step) return step;
    const { summary } = step.plan;
    const planned = { name: step.tool.name, plan: step.plan };
    let verdict = await this.#ports.guard.check(requestOf(planned, turn, turn.window.label()), {
      summary,
    });
    if (verdict.effect !== "allow" && verdict.decision.cleanReaskHelps) {
      const label = await hooks.cleanReask(call);
      if (label) verdict = await this.#ports.guard.check(requestOf(planned, turn, label), { summary });
    }
    if (verdict.effect === "allow") return this.#run(step, turn, verdict.authorized);
    if (verdict.effect === "ask") return this.#park(step, turn, verdict.decision);
    return denied(call.name, verdict.decision);
  }

  async resume(approvalId: string, turn: ToolTurn): Promise<DispatchOutcome> {
    const approval = this.#ports.approvals.get(approvalId);
    if (approval === undefined) return deniedByOwner(approvalId, "approval.unknown", "there is no such approval");
    if (approval.state === "waiting") return { kind: "parked", approvalId, words: approval.words };
    if (approval.kind === "client") return notOurs(approval);
    if (approval.state !== "granted") return settled(approval);
    const step = await this.#prepare(approval.toolCall, turn);
    if ("kind" in step) return step;
    // The label is that of the words the call was made of, not of what the window got since.
    const { nonce, label } = approval.call;
    const callHash = hashOfCall(this.#canonical(step, turn, { nonce, label }));
    if (callHash !== approval.callHash) return changed(approval);
    const request = requestOf({ name: step.tool.name, plan: step.plan }, turn, label);
    const verdict = await this.#ports.guard.check(request, {
      grant: { id: approvalId, callHash },
      summary: step.plan.summary,
    });
    reach("grant.spent");
    if (verdict.effect === "allow") return this.#run(step, turn, verdict.authorized);
    if (verdict.effect === "ask") return settled({ ...approval, state: "expired" });
    return denied(step.call.name, verdict.decision);
  }

  async #prepare(call: ToolCall, turn: ToolTurn): Promise<Step | DispatchOutcome> {
    const tool = this.#ports.registry.find(call.name);
    if (tool === undefined) {
      const names = this.offered(turn).map(({ name }) => name);
      return failed(
        turn,
        `There is no tool ${JSON.stringify(call.name)}. Tools of this turn: ${names.join(", ") || "none"}.`,
      );
    }
    const prepared = tool.parse(call.argumentsText);
    if ("problem" in prepared)
      return failed(turn, `\`${tool.name}\` did not run: ${prepared.problem}. Correct the arguments.`);
    try {
      return { call, tool, prepared, plan: await prepared.plan(turn) };
    } catch (error) {
      return failed(turn, `\`${tool.name}\` did not run: ${messageOf(error)}`);
    }
  }

  /** `started` is durable before the tool acts, so that a crash leaves a step that is known to be unknown. */
  async #run(step: Step, turn: ToolTurn, authorized: Authorized<ToolRequest>): Promise<DispatchOutcome> {
    const key: StepKey = { run: turn.run, callId: step.call.id, tool: step.tool.name, at: this.#ports.clock.now() };
    try {
      await this.#ports.steps.start(key);
    } catch (error) {
      if (!(error instanceof StepRepeatedError)) throw error;
      return failed(turn, `\`${step.tool.name}\` was started before with an unknown outcome; it is not repeated.`);
    }
    reach("step.started");
    const result = await this.#outcome(step, turn, authorized);
    reach("step.ran");
    await this.#ports.steps.finish({ ...key, at: this.#ports.clock.now() }, result);
    reach("step.finished");
    return { kind: "result", result };
  }

  async #outcome(step: Step, turn: ToolTurn, authorized: Authorized<ToolRequest>): Promise<ToolResult> {
    try {
      return capped(await step.prepared.run({ authorized, plan: step.plan }, turn));
    } catch (error) {
      return { text: `\`${step.tool.name}\` failed: ${messageOf(error)}`, label: turn.window.label(), failed: true };
    }
  }

  async #park(step: Step, turn: ToolTurn, decision: Decision): Promise<DispatchOutcome> {
    const now = this.#ports.clock.now();
    const { run, agent, session, principal, path, audience, replyTarget } = turn;
    const outcome = await this.#ports.approvals.request({
      kind: "call",
      call: this.#canonical(step, turn, { nonce: approvalNonce(), label: turn.window.label() }),
      toolCall: step.call,
      card: step.plan.card,
      origin: { run, agent, session, principal, path, audience, replyTarget },
      why: askText(decision),
      asked: turn.window.namingMessages().some(({ at }) => at > now - askedWithinMs),
    });
    if ("refused" in outcome) {
      return { kind: "denied", decision, text: tooMany(step.tool.name) };
    }
    const { id, words } = outcome.approval;
    await this.#ports.steps.wait({ run, callId: step.call.id, tool: step.tool.name, at: now }, { id, words });
    return { kind: "parked", approvalId: id, words };
  }

  #canonical(step: Step, turn: ToolTurn, bound: Pick<CanonicalCall, "nonce" | "label">): CanonicalCall {
    return {
      tool: step.tool.name,
      toolAction: step.plan.toolAction ?? "",
      call: step.plan.canonical,
      agent: turn.agent,
      session: turn.session,
      principal: turn.principal,
      policyEpoch: this.#ports.guard.epoch,
      ...bound,
    };
  }
}

type Planned = { readonly name: string; readonly plan: Pick<ToolPlan, "sink" | "sandbox" | "toolAction"> };

function requestOf({ name: tool, plan }: Planned, turn: ToolTurn, label: Label): ToolRequest {
  const { agent, principal, path, audience, session, provider } = turn;
  const toolAction = plan.toolAction === undefined ? {} : { toolAction: plan.toolAction };
  return {
    principal,
    path,
    action: { kind: "tool.call", tool, ...toolAction, agent, surface: surfaceOf(path), provider, sink: plan.sink },
    context: { label, audience, session, sandbox: plan.sandbox, grant: "none" },
  };
}

function failed(turn: ToolTurn, text: string): DispatchOutcome {
  return { kind: "result", result: { text, label: turn.window.label(), failed: true } };
}

function denied(tool: string, decision: Decision): DispatchOutcome {
  return { kind: "denied", decision, text: refusalText(tool, decision) };
}

const endings: Record<Exclude<Approval["state"], "waiting" | "granted">, string> = {
  denied: "the owner said no",
  expired: "the owner did not answer in time, or the answer was not used in time",
  withdrawn: "the request was withdrawn",
  spent: "this approval was used already; each is for one use",
};

function settled(approval: Approval): DispatchOutcome {
  const state = approval.state === "waiting" || approval.state === "granted" ? "expired" : approval.state;
  return deniedByOwner(approval.toolCall.name, `approval.${state}`, endings[state]);
}

function notOurs(approval: Approval): DispatchOutcome {
  return deniedByOwner(approval.toolCall.name, "approval.not_ours", "a client asked about it, to run it itself");
}

function changed(approval: Approval): DispatchOutcome {
  const reason =
    "what was approved is not what would run now: a file, the folder, the conversation or the policy changed since";
  return deniedByOwner(approval.toolCall.name, "approval.call_changed", reason);
}

function deniedByOwner(tool: string, reason: string, sentence: string): DispatchOutcome {
  const decision: Decision = {
    effect: "deny",
    reason,
    because: [{ id: reason, origin: "approvals" }],
    cleanReaskHelps: false,
  };
  return { kind: "denied", decision, text: `\`${tool}\` did not run: ${sentence}. Do not ask again for the same.` };
}

function tooMany(tool: string): string {
  return `\`${tool}\` did not run: too many requests of this conversation wait for the owner already. Tell them so, and wait.`;
}

/** What a model may read of an error: its message, never a stack. */
function messageOf(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

function capped(result: ToolResult): ToolResult {
  if (result.text.length <= toolResultCharsMax) return result;
  const half = toolResultCharsMax / 2;
  const left = result.text.length - toolResultCharsMax;
  const text = `${result.text.slice(0, half)}\n[${left} characters left out]\n${result.text.slice(-half)}`;
  return { ...result, text };
}
