/** A turn loop over in-memory stores, with a tool runner that implements the port and records what it was asked. */

import type { ModelChoice } from "../../../src/agent/model.ts";
import { createTurnRunner } from "../../../src/agent/turn.ts";
import type { TurnEvent, TurnInput, TurnOutcome } from "../../../src/agent/turn-contract.ts";
import { type Config, defaultConfig } from "../../../src/config/schema.ts";
import { openDatabase } from "../../../src/platform/database.ts";
import { cleanLabel, type Label } from "../../../src/policy/label.ts";
import { createRunSteps, runStepsMigrations } from "../../../src/sessions/run-steps.ts";
import { openSessionStore } from "../../../src/sessions/session-store.ts";
import type { DispatchHooks, DispatchOutcome, ToolCall, ToolRunner } from "../../../src/tools/dispatch-contract.ts";
import type { ToolTurn } from "../../../src/tools/tool.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";

export const ownerLabel: Label = { ...cleanLabel, readers: ["owner"] };
export const webLabel: Label = {
  integrity: "untrusted",
  readers: "public",
  secret: false,
  sources: ["web:evil.example"],
};

export type Dispatch = (
  call: ToolCall,
  turn: ToolTurn,
  hooks: DispatchHooks,
) => Promise<DispatchOutcome> | DispatchOutcome;

export const result = (text: string, label: Label = ownerLabel): DispatchOutcome => ({
  kind: "result",
  result: { text, label, failed: false },
});

export const denied: DispatchOutcome = {
  kind: "denied",
  decision: { effect: "deny", reason: "test.denied", because: [], cleanReaskHelps: false },
  text: "refused by rule test.denied; read instead",
};

const toolNames = ["exec", "read", "write", "edit", "web_fetch", "remind", "open", "session_status"];

export type TurnBench = {
  readonly sessions: ReturnType<typeof openSessionStore>;
  readonly steps: ReturnType<typeof createRunSteps>;
  readonly clock: FakeClock;
  readonly dispatched: string[];
  readonly events: TurnEvent[];
  /** Stores what a person says and runs the turn. */
  say(text: string, options?: { run?: string; label?: Label }): Promise<TurnOutcome>;
  start(run: string, start: TurnInput["start"], signal?: AbortSignal): Promise<TurnOutcome>;
  close(): Promise<void>;
};

export type BenchSetup = {
  readonly choices: readonly ModelChoice[];
  readonly dispatch?: Dispatch;
  readonly resume?: (approvalId: string, turn: ToolTurn) => Promise<DispatchOutcome> | DispatchOutcome;
  readonly config?: (config: Config) => Config;
  readonly statePath?: string;
  readonly sessionsPath?: string;
  readonly path?: TurnInput["path"];
};

export function turnBench(setup: BenchSetup): TurnBench {
  const database = openDatabase(setup.statePath ?? ":memory:", { steps: runStepsMigrations });
  const sessions = openSessionStore(setup.sessionsPath ?? ":memory:");
  const steps = createRunSteps(database);
  const clock = createFakeClock();
  const dispatched: string[] = [];
  const events: TurnEvent[] = [];
  let runs = 0;
  const tools: ToolRunner = {
    offered: () => toolNames.map((name) => ({ name, description: name, schema: { type: "object", properties: {} } })),
    dispatch: async (call, turn, hooks) => {
      dispatched.push(`${call.id} ${call.name} ${call.argumentsText}`);
      return (await setup.dispatch?.(call, turn, hooks)) ?? result(`result of ${call.name}`);
    },
    resume: async (approvalId, turn) => {
      dispatched.push(`resume ${approvalId}`);
      return (await setup.resume?.(approvalId, turn)) ?? denied;
    },
  };
  const runner = createTurnRunner({
    sessions: () => sessions,
    steps,
    tools,
    models: { choose: async () => setup.choices },
    workspace: () => ({ root: "/nowhere", files: unused("files") }),
    systemPrompt: async () => ({ text: "You are a test.", label: cleanLabel }),
    http: unused("http"),
    clock,
    config: () => setup.config?.(defaultConfig()) ?? defaultConfig(),
  });
  const start: TurnBench["start"] = (run, how, signal = new AbortController().signal) =>
    runner.run({ ...inputOf(run, setup.path), start: how }, (event) => events.push(event), signal);
  return {
    sessions,
    steps,
    clock,
    dispatched,
    events,
    start,
    say: async (text, { run, label = ownerLabel } = {}) => {
      runs += 1;
      const id = run ?? `run-${runs}`;
      const content = { kind: "user", text, speaker: "owner" } as const;
      await sessions.append("s", [{ run: id, content, label, at: clock.now() }]);
      return await start(id, { kind: "message" });
    },
    close: async () => {
      await sessions.close();
      await database.close();
    },
  };
}

function inputOf(
  run: string,
  path: TurnInput["path"] = { kind: "control", transport: "ws" },
): Omit<TurnInput, "start"> {
  return {
    run,
    agent: "main",
    session: "s",
    principal: { kind: "operator", id: "d", scopes: ["operator.admin"], via: "webchat" },
    path,
    audience: ["owner"],
    replyTarget: { channel: "webchat", account: "default", chat: "s", kind: "direct" },
  };
}

function unused<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get: () => {
      throw new Error(`the turn loop must not touch ${name} itself`);
    },
  });
}
