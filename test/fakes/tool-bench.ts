/** Everything that a tool call passes through, real but for the clock and the model: policy, guard, ledger, journal, runner. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema } from "../../src/config/schema.ts";
import type { Authorized } from "../../src/guard/authorized.ts";
import { createGuard, type PolicyGuard } from "../../src/guard/create-guard.ts";
import { openBlobStore } from "../../src/platform/blob-store.ts";
import { type Clock, systemClock } from "../../src/platform/clock.ts";
import { type Database, openDatabase } from "../../src/platform/database.ts";
import { openFileCap } from "../../src/platform/file-cap.ts";
import { createHttpClient, type HttpClient } from "../../src/platform/http-client.ts";
import { approvedTasks } from "../../src/policy/commands.ts";
import { compile } from "../../src/policy/compile.ts";
import { noGrants } from "../../src/policy/grants.ts";
import { cleanLabel, type Label } from "../../src/policy/label.ts";
import type { Path, Principal } from "../../src/policy/request.ts";
import { createRunSteps, runStepsMigrations } from "../../src/sessions/run-steps.ts";
import { approvalsMigrations } from "../../src/tools/approval.ts";
import { type Approvals, createApprovals } from "../../src/tools/approvals.ts";
import { createBuiltInTools } from "../../src/tools/built-in-tools.ts";
import type { DispatchOutcome, ToolRunner } from "../../src/tools/dispatch-contract.ts";
import { createJobs, type Jobs } from "../../src/tools/exec/jobs.ts";
import { createSandbox, type Sandbox } from "../../src/tools/exec/sandbox.ts";
import { createWorkspaceJournal, workspaceJournalMigrations } from "../../src/tools/files/workspace-journal.ts";
import type { OutgoingMessage } from "../../src/tools/message.ts";
import type { OpenedSource } from "../../src/tools/open.ts";
import { createReminders, type Reminder, remindersMigrations } from "../../src/tools/reminders.ts";
import { createToolRunner } from "../../src/tools/runner.ts";
import type { ToolTurn } from "../../src/tools/tool.ts";
import { createUndo, type Undo } from "../../src/tools/undo.ts";

export const operator: Principal = {
  kind: "operator",
  id: "device-1",
  scopes: ["operator.admin", "operator.read", "operator.write", "operator.approvals", "operator.pairing"],
  via: "webchat",
};
export const control: Path = { kind: "control", transport: "ws" };
export const webchat = { channel: "webchat", account: "default", chat: "main", kind: "direct" } as const;
export const tainted: Label = { integrity: "untrusted", readers: ["owner"], secret: false, sources: ["web:evil.test"] };
export const ownerWords: Label = { ...cleanLabel, readers: ["owner"] };

export type BenchOptions = {
  /** Merged over the written first config. */
  readonly config?: Record<string, unknown>;
  readonly clock?: Clock;
  readonly http?: HttpClient;
  readonly sandboxPrograms?: readonly string[];
  /** Called with every row of the ledger: after the decision, before the effect. */
  readonly recorded?: () => void;
};

export type TurnOptions = Partial<
  Pick<ToolTurn, "run" | "session" | "principal" | "path" | "audience" | "signal" | "window">
> & {
  readonly label?: Label;
  readonly said?: readonly { readonly text: string; readonly at: number }[];
  readonly pages?: readonly { readonly url: string; readonly links: readonly string[] }[];
  readonly fetches?: number;
};

export type ToolBench = {
  readonly folder: string;
  readonly workspace: string;
  readonly database: Database;
  readonly guard: PolicyGuard;
  readonly approvals: Approvals;
  readonly runner: ToolRunner;
  readonly sandbox: Sandbox;
  readonly jobs: Jobs;
  readonly undo: Undo;
  readonly sent: OutgoingMessage[];
  readonly reminded: { readonly reminder: Reminder; readonly late: boolean }[];
  readonly sources: Map<string, OpenedSource>;
  turn(options?: TurnOptions): ToolTurn;
  call(name: string, input: unknown, options?: TurnOptions): Promise<DispatchOutcome>;
  /** The same call, approved by the owner over the control plane, then taken up again. */
  approve(outcome: DispatchOutcome, options?: TurnOptions): Promise<DispatchOutcome>;
  admitted(): Promise<Authorized>;
  close(): Promise<void>;
};

const firstConfig = {
  gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "token-of-the-test-gateway-0123456789" } },
  agents: { defaults: { sandbox: { mode: "all", scope: "agent", workspaceAccess: "rw" } } },
  tools: {
    profile: "messaging",
    ownerProfile: "owner",
    fs: { workspaceOnly: true },
    exec: { host: "auto", security: "allowlist", ask: "on-miss" },
    elevated: { enabled: false },
    sandbox: { tools: { allow: ["*"], deny: [] } },
  },
};

export function createToolBench(options: BenchOptions = {}): ToolBench {
  const folder = mkdtempSync(join(tmpdir(), "fased-tools-"));
  const workspace = join(folder, "state", "workspace");
  mkdirSync(workspace, { recursive: true });
  const clock = options.clock ?? systemClock;
  const config = configSchema.parse({ ...firstConfig, ...options.config });
  const database = openDatabase(join(folder, "state", "state.db"), {
    approvals: approvalsMigrations,
    steps: runStepsMigrations,
    reminders: remindersMigrations,
    workspace: workspaceJournalMigrations,
  });
  const approvals = createApprovals({
    database,
    clock,
    isOwner: (principal) => principal.kind === "sender" && principal.id === "owner",
  });
  const guard = createGuard({
    policy: compile(config, noGrants),
    ledger: {
      append: async () => {
        options.recorded?.();
        return 1;
      },
    },
    spendGrant: (grant) => approvals.spendGrant(grant),
    now: () => clock.now(),
  });
  const git = { name: "The Owner", email: "owner@example.org" };
  const sandbox = createSandbox({
    clock,
    folder: join(folder, "state", "sandboxes"),
    hiddenPaths: [join(folder, "state")],
    architecture: process.arch,
    timeZone: "Europe/Berlin",
    git,
    ...(options.sandboxPrograms ? { programs: options.sandboxPrograms } : {}),
  });
  const jobs = createJobs(clock);
  const journal = createWorkspaceJournal({
    database,
    clock,
    blobs: (agent) => openBlobStore(join(folder, "state", "agents", agent, "undo")),
  });
  const sent: OutgoingMessage[] = [];
  const reminded: { reminder: Reminder; late: boolean }[] = [];
  const sources = new Map<string, OpenedSource>();
  const reminders = createReminders({
    database,
    clock,
    deliver: async (reminder, { late }) => void reminded.push({ reminder, late }),
  });
  reminders.start();
  mkdirSync(join(folder, "home"));
  const registry = createBuiltInTools({
    journal,
    approvals,
    epoch: () => guard.epoch,
    tasks: (agent) => approvedTasks(compile(config, noGrants), agent),
    clock,
    sandbox,
    jobs,
    host: { home: join(folder, "home"), timeZone: "Europe/Berlin", git },
    source: (_turn, handle) => sources.get(handle),
    reminders,
    timeZone: () => "Europe/Berlin",
    secrets: () => ["token-of-the-test-gateway-0123456789"],
    messenger: {
      target: ({ channel, account, chat }) =>
        channel === "webchat" ? { channel, account, chat, kind: "direct" } : undefined,
      audienceOf: ({ chat }) => (chat === "main" ? ["owner"] : [`peer:webchat:default:${chat}`]),
      send: async (message) => void sent.push(message),
    },
  });
  const runner = createToolRunner({
    guard,
    registry,
    approvals,
    steps: createRunSteps(database),
    clock,
    foresee: (request) => guard.foresee(request),
  });
  const http = options.http ?? createHttpClient({ privateOrigins: [] });
  const files = openFileCap(workspace, { forbidden: [join(folder, "state", "state.db")] });
  let calls = 0;

  const turn = (given: TurnOptions = {}): ToolTurn => ({
    run: given.run ?? "run-1",
    agent: "main",
    session: given.session ?? "agent:main:main",
    principal: given.principal ?? operator,
    path: given.path ?? control,
    audience: given.audience ?? ["owner"],
    replyTarget: webchat,
    provider: "offline",
    window: {
      label: () => given.label ?? ownerWords,
      namingMessages: () => given.said ?? [],
      pages: () => given.pages ?? [],
      taintedFetches: () => given.fetches ?? 0,
    },
    workspace: { root: files.root, files },
    http,
    clock,
    config,
    signal: given.signal ?? new AbortController().signal,
    progress: () => undefined,
  });
  const admitted = async (): Promise<Authorized> => {
    const verdict = await guard.check({
      principal: operator,
      path: control,
      action: { kind: "method.call", method: "exec.approval.resolve", scope: "operator.approvals" },
      context: { label: cleanLabel, audience: ["owner"], sandbox: "off", grant: "none" },
    });
    if (verdict.effect !== "allow") throw new Error(`the operator may not decide: ${verdict.decision.reason}`);
    return verdict.authorized;
  };

  return {
    folder,
    workspace: files.root,
    database,
    guard,
    approvals,
    runner,
    sandbox,
    jobs,
    undo: createUndo(database, journal),
    sent,
    reminded,
    sources,
    turn,
    admitted,
    call: (name, input, given) => {
      calls += 1;
      const argumentsText = typeof input === "string" ? input : JSON.stringify(input);
      return runner.dispatch({ id: `call-${calls}`, name, argumentsText }, turn(given), {
        cleanReask: async () => undefined,
      });
    },
    approve: async (outcome, given) => {
      if (outcome.kind !== "parked") throw new Error(`expected a parked call, got ${JSON.stringify(outcome)}`);
      await approvals.answer({ id: outcome.approvalId, answer: "approve" }, await admitted());
      return runner.resume(outcome.approvalId, turn(given));
    },
    close: async () => {
      await reminders.stop();
      await jobs.stopAll();
      await http.close();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Text of a result; fails on anything else. */
export function resultOf(outcome: DispatchOutcome) {
  if (outcome.kind !== "result") throw new Error(`expected a result, got ${JSON.stringify(outcome)}`);
  return outcome.result;
}
