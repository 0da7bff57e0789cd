/**
 * The ports behind the control plane, in memory: enough of a Gateway for its protocol. An agent answers every message
 * with its own words, "wait" is answered when a test says so, and "park" waits for an approval.
 */
import { randomUUID } from "node:crypto";
import type { TurnEvent, TurnOutcome } from "../../src/agent/turn-contract.ts";
import type { ChannelStatus } from "../../src/channels/contract.ts";
import type { ApprovalView } from "../../src/gateway/approval-service.ts";
import type { Events } from "../../src/gateway/events.ts";
import { createRunPublisher } from "../../src/gateway/run-events.ts";
import {
  type ConfigSnapshot,
  type CoreServices,
  type GatewayServices,
  type RunningServices,
  type RunState,
  ServiceError,
  type SessionView,
} from "../../src/gateway/services.ts";
import type { Clock } from "../../src/platform/clock.ts";
import { cleanLabel } from "../../src/policy/label.ts";
import type { Item } from "../../src/sessions/item.ts";

export type FakeServices = GatewayServices & {
  running: RunningServices | undefined;
  /** Names of the ports that were called, in order; reads of `host` are not counted. */
  readonly calls: string[];
  /** Ends runs that wait. */
  finishWaiting(): void;
  ready: boolean;
};

const mainSession = "agent:main:main";

type Run = { state: RunState; finish: (outcome: TurnOutcome) => void; ended: Promise<RunState>; text: string };

export function createFakeServices(events: Events, clock: Clock): FakeServices {
  const calls: string[] = [];
  const runs = new Map<string, Run>();
  const items: Item[] = [];
  const approvals = new Map<string, ApprovalView>();

  const fake: FakeServices = {
    calls,
    ready: true,
    core: counted(
      coreServices(() => fake.ready),
      calls,
    ),
    running: undefined,
    finishWaiting() {
      for (const run of runs.values()) run.finish(answered(run.text));
    },
  };
  fake.running = counted(runningServices({ events, clock, runs, items, approvals }), calls);
  return fake;
}

/** Notes every call of every port but `host`. */
function counted<T extends object>(services: T, calls: string[]): T {
  return Object.fromEntries(
    Object.entries(services).map(([name, port]) => [
      name,
      name === "host" || name === "agents"
        ? port
        : new Proxy(port as object, {
            get(target, key, receiver) {
              const member: unknown = Reflect.get(target, key, receiver);
              if (typeof member !== "function") return member;
              return (...given: unknown[]) => {
                calls.push(`${name}.${String(key)}`);
                return Reflect.apply(member, target, given) as unknown;
              };
            },
          }),
    ]),
  ) as T;
}

const telegram: ChannelStatus = { channel: "telegram", account: "default", state: "connected", self: "@fased_bot" };

function coreServices(isReady: () => boolean): CoreServices {
  const snapshot: ConfigSnapshot = {
    path: "/state/fased.json",
    exists: true,
    text: "{}",
    parsed: {},
    valid: true,
    hash: "hash-1",
    problems: [],
  };
  const change = async (given: { baseHash: string | undefined }) => {
    if (given.baseHash !== "hash-1") throw new ServiceError("config.stale", "the file changed; read it again");
    return { ...snapshot, hash: "hash-2", restartRequired: false, restartKeys: [] };
  };
  return {
    host: {
      health: () => ({ ready: isReady(), channels: [telegram], defaultAgentId: "main" }),
      status: () => ({
        version: "1.2.3",
        mode: "normal",
        startedAt: 1,
        stateDirectory: "/state",
        configPath: "/state/fased.json",
        workspace: "/state/workspace",
        model: { provider: "offline", id: "offline", offline: true },
        sandbox: { state: "proven", detail: "bubblewrap" },
        queue: { running: 0, waiting: 0, parked: 0 },
        policyEpoch: 1,
        problems: [],
        dangerousFlags: [],
        restartKeys: [],
      }),
    },
    config: {
      get: () => snapshot,
      set: change,
      patch: change,
      schema: () => ({
        schema: { type: "object" },
        hints: { "gateway.port": { help: "The port." } },
        version: "1.2.3",
      }),
    },
    logs: {
      tail: async () => ({ file: "fased.log", cursor: 5, size: 5, lines: ["line"], truncated: false, reset: false }),
    },
    security: {
      audit: async () => ({ ts: 1, summary: { critical: 0, warn: 0, info: 0 }, findings: [] }),
      explain: async ({ from }) => ({
        sentence: `${from} may do nothing`,
        decision: { effect: "deny", reason: "engine.no_policy", because: [], cleanReaskHelps: false },
        lines: [],
      }),
      whoCan: async () => [{ who: "owner", what: "exec", effect: "ask", sentence: "the owner is asked" }],
    },
  };
}

type World = {
  readonly events: Events;
  readonly clock: Clock;
  readonly runs: Map<string, Run>;
  readonly items: Item[];
  readonly approvals: Map<string, ApprovalView>;
};

const answered = (text: string): TurnOutcome => ({
  kind: "answered",
  text: `You said: ${text}`,
  label: cleanLabel,
  usage: { inputTokens: 3, outputTokens: 4 },
});

function runningServices(world: World): RunningServices {
  const session: SessionView = {
    key: mainSession,
    sessionId: "s1",
    agent: "main",
    kind: "direct",
    channel: "webchat",
    title: "Main",
    createdAt: 1,
    updatedAt: 2,
    status: "done",
  };
  return {
    runs: runService(world),
    chat: {
      abort: async ({ runId }) => {
        const run = runId === undefined ? undefined : world.runs.get(runId);
        if (!run || run.state.outcome) return [];
        run.finish({ kind: "aborted", text: "" });
        return [run.state.runId];
      },
      history: async ({ sessionKey, limit }) => ({
        sessionKey,
        sessionId: "s1",
        items: world.items.filter((item) => item.session === sessionKey).slice(-limit),
      }),
    },
    sessions: {
      list: async () => ({ total: 1, sessions: [session] }),
      preview: async ({ keys }) => keys.map((key) => ({ key, status: "empty", items: [] })),
      reset: async (key) => (key === mainSession ? session : undefined),
      delete: async (key) => (key === mainSession ? "deleted" : "absent"),
      context: async () => ({ label: cleanLabel, sources: [] }),
      undo: async () => ({ restored: ["a.md"], skipped: [] }),
      keep: async () => ({ kept: ["a.md"] }),
    },
    agents: {
      list: () => ({
        defaultId: "main",
        mainKey: mainSession,
        agents: [{ id: "main", workspace: "/state/workspace" }],
      }),
    },
    models: {
      list: async () => [{ id: "offline", name: "Offline", provider: "offline", available: true }],
      authStatus: async () => [{ provider: "anthropic", state: "missing" }],
      configure: async ({ provider }) => ({ provider, model: "m", latencyMs: 1 }),
      clear: async () => "absent",
      localServers: async () => [],
      acceptLocal: async () => undefined,
    },
    channels: { status: () => [telegram], label: (channel) => channel.toUpperCase() },
    senders: {
      list: async () => ({
        accounts: [{ channel: "telegram", account: "default" }],
        requests: [
          {
            requestId: "r1",
            channel: "telegram",
            account: "default",
            senderId: "7",
            senderName: "Ann",
            hasCode: true,
            createdAt: 1,
            lastSeenAt: 2,
            expiresAt: 3,
          },
        ],
        ownerConfigured: false,
      }),
      approve: async ({ owner }) => ({ senderId: "7", ownership: owner === "owner" ? "configured" : "not-requested" }),
      dismiss: async () => ({ senderId: "7" }),
      revoke: async ({ senderId }) => (senderId === "7" ? "revoked" : "absent"),
    },
    approvals: approvalService(world),
    policy: { epoch: () => 2, pending: () => undefined, accept: async () => undefined },
    why: { list: async () => [] },
    ledger: { list: async () => [], verify: async () => ({ intact: true, rows: 0 }) },
  };
}

function runService({ events, clock, runs, items, approvals }: World): RunningServices["runs"] {
  return {
    async start({ text, sessionKey = mainSession }, onEvent) {
      const runId = randomUUID();
      const publisher = createRunPublisher({ runId, sessionKey, agentId: "main" }, events, clock);
      let settle: (state: RunState) => void = () => undefined;
      const ended = new Promise<RunState>((resolve) => {
        settle = resolve;
      });
      const run: Run = {
        text,
        ended,
        state: { runId, sessionKey, startedAt: clock.now() },
        finish(outcome) {
          if (run.state.outcome) return;
          run.state = { ...run.state, endedAt: clock.now(), outcome };
          publisher.onOutcome(outcome);
          settle(run.state);
        },
      };
      runs.set(runId, run);
      items.push(itemOf(items.length + 1, { session: sessionKey, run: runId, text }));
      const tell = (event: TurnEvent) => {
        publisher.onEvent(event);
        onEvent?.(event);
      };
      setImmediate(() => act(run, { text, tell, approvals }));
      return { runId, sessionKey, duplicate: false };
    },
    state: (runId) => runs.get(runId)?.state,
    async wait(runId, timeoutMs) {
      const run = runs.get(runId);
      if (!run) return undefined;
      const timeout = new Promise<RunState>((resolve) => {
        clock.after(timeoutMs, () => resolve(run.state));
      });
      return Promise.race([run.ended, timeout]);
    },
  };
}

type Acting = { text: string; tell: (event: TurnEvent) => void; approvals: Map<string, ApprovalView> };

function act(run: Run, { text, tell, approvals }: Acting): void {
  if (text === "wait") return;
  if (text === "fail") {
    run.finish({ kind: "failed", code: "model.unavailable", message: "the model is down" });
    return;
  }
  if (text === "park") {
    approvals.set("a1", approvalView(run));
    tell({ kind: "parked", approvalId: "a1", words: "amber-falcon" });
    run.finish({ kind: "parked", approvalId: "a1", words: "amber-falcon", text: "" });
    return;
  }
  tell({ kind: "tool-started", callId: "c1", tool: "read", argumentsText: '{"path":"notes.md"}' });
  tell({ kind: "tool-finished", callId: "c1", tool: "read", failed: false, text: "contents" });
  for (const delta of ["You said: ", text]) tell({ kind: "text", delta });
  run.finish(answered(text));
}

function itemOf(id: number, { session, run, text }: { session: string; run: string; text: string }): Item {
  return { id, session, run, at: 1, label: cleanLabel, content: { kind: "user", text, speaker: "" } };
}

function approvalView({ state }: Run): ApprovalView {
  return {
    id: "a1",
    state: "pending",
    createdAt: 1,
    expiresAt: 2,
    agent: "main",
    sessionKey: state.sessionKey,
    runId: state.runId,
    tool: "exec",
    asker: "you",
    words: "amber-falcon",
    hash: "00",
    title: "run a command",
    exactly: [{ label: "command", text: "ls", mono: true }],
    where: "host",
    why: "host commands are asked",
    sources: [],
  };
}

function clientView(command: string, when: { id: string; createdAt: number; waitMs: number }): ApprovalView {
  const { id, createdAt, waitMs } = when;
  return {
    ...{ id, state: "pending", createdAt, expiresAt: createdAt + waitMs },
    ...{ agent: "main", sessionKey: mainSession, runId: `client:${id}`, tool: "exec", asker: "you" },
    ...{ words: "brass canyon", hash: "00", title: "a client asks", where: "client", why: "a client asks" },
    exactly: [{ label: "Command", text: command, mono: true }],
    sources: [],
  };
}

function approvalService({ approvals, events, clock }: World): RunningServices["approvals"] {
  return {
    list: async () => [...approvals.values()].filter(({ state }) => state === "pending"),
    get: async (id) => approvals.get(id),
    settle: async ({ id, allow }) => {
      const approval = approvals.get(id);
      if (!approval) return "absent";
      if (approval.state !== "pending") return "settled";
      approvals.set(id, { ...approval, state: allow === "once" ? "approved" : "denied" });
      const { sessionKey, runId, words } = approval;
      events.publish("exec.approval.resolved", { id, sessionKey, runId, words, decision: allow, ts: clock.now() });
      return "done";
    },
    request: async ({ command, id = randomUUID(), waitMs }) => {
      const asked = clientView(command.command, { id, createdAt: clock.now(), waitMs });
      approvals.set(id, asked);
      return asked;
    },
    wait: async (id) => approvals.get(id),
  };
}
