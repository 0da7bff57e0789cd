/** What an agent works with: its workspace, its tools, its models, its turns. */
import { createSystemPrompt } from "../agent/prompt.ts";
import { createTurnRunner } from "../agent/turn.ts";
import type { TurnRunner } from "../agent/turn-contract.ts";
import type { TurnChanges } from "../inbound/ports.ts";
import { openBlobStore } from "../platform/blob-store.ts";
import type { HttpClient } from "../platform/http-client.ts";
import { approvedTasks } from "../policy/commands.ts";
import type { Inbox } from "../sessions/inbox.ts";
import type { Item } from "../sessions/item.ts";
import { createRunSteps, type RunSteps } from "../sessions/run-steps.ts";
import type { Approval } from "../tools/approval.ts";
import type { Approvals } from "../tools/approvals.ts";
import { createBuiltInTools } from "../tools/built-in-tools.ts";
import type { ToolRunner } from "../tools/dispatch-contract.ts";
import { createJobs, type Jobs } from "../tools/exec/jobs.ts";
import type { Sandbox } from "../tools/exec/sandbox.ts";
import { createWorkspaceJournal } from "../tools/files/workspace-journal.ts";
import type { OpenedSource } from "../tools/open.ts";
import { createReminders, type Reminders } from "../tools/reminders.ts";
import { createToolRunner } from "../tools/runner.ts";
import { createUndo } from "../tools/undo.ts";
import type { ChannelDirectory } from "./channels.ts";
import { createFollowingHttp } from "./following-http.ts";
import type { Foundation } from "./foundation.ts";
import { createMessenger, deliverReminder, type SendOutgoing } from "./messenger.ts";
import { createModels, type Models } from "./models.ts";
import { secretsIn } from "./secrets.ts";
import type { SessionStores } from "./session-stores.ts";
import { gitIdentity } from "./start-sandbox.ts";
import { turnChanges } from "./turn-changes.ts";
import { instructionReader } from "./turn-prompt.ts";
import { createWorkspaces, type Workspaces } from "./workspaces.ts";

export type AgentWork = {
  readonly turns: TurnRunner;
  readonly steps: RunSteps;
  readonly changes: TurnChanges;
  readonly jobs: Jobs;
  readonly models: Models;
  readonly reminders: Reminders;
  readonly http: HttpClient;
  readonly workspaces: Workspaces;
  /** The owner granted a change that no run waits for: it is made now, and its outcome told. */
  applyProposal(approval: Approval): Promise<string>;
  /** After a crash: grants whose call never began are good again; what commands may have changed is labelled; copies that nobody can undo any more go. */
  recover(): Promise<void>;
};

export type AgentWorkPorts = {
  readonly foundation: Foundation;
  readonly sandbox: Sandbox;
  readonly stores: SessionStores;
  readonly channels: ChannelDirectory;
  readonly send: SendOutgoing;
  readonly inbox: Pick<Inbox, "byRun">;
};

export function createAgentWork({ foundation, sandbox, stores, channels, send, inbox }: AgentWorkPorts): AgentWork {
  const { clock, config, database, guard, policy, paths, approvals, host } = foundation;
  const steps = createRunSteps(database);
  const workspaces = createWorkspaces({ config, paths, home: host.home });
  const journal = createWorkspaceJournal({ database, clock, blobs: (agent) => openBlobStore(paths.agent(agent).undo) });
  const jobs = createJobs(clock);
  const models = createModels(foundation);
  const http = createFollowingHttp(() => config().network.privateHosts);
  const reminders = createReminders({
    database,
    clock,
    deliver: (reminder, timing) => deliverReminder(reminder, timing, send),
  });
  const registry = createBuiltInTools({
    ...{ clock, sandbox, jobs, journal, approvals, reminders },
    messenger: createMessenger({ channels, policy: () => policy.current, deliver: send }),
    host: { home: paths.hostHome, timeZone: host.zone, git: gitIdentity(host) },
    epoch: () => guard.epoch,
    tasks: (agent) => approvedTasks(policy.current, agent),
    source: ({ agent, session }, handle) => openedSource(stores.of(agent).open(session, handle)),
    timeZone: () => host.zone,
    secrets: () => secretsIn(config()).map((secret) => secret.reveal()),
  });
  const tools = createToolRunner({
    ...{ guard, registry, approvals, steps, clock },
    foresee: (request) => guard.foresee(request),
  });
  const turns = createTurnRunner({
    ...{ sessions: stores.of, steps, tools, models: models.source, workspace: workspaces.of, http, clock, config },
    systemPrompt: createSystemPrompt({
      config,
      clock,
      zone: host.zone,
      readFiles: instructionReader(workspaces, journal),
    }),
  });
  const changes = turnChanges({ undo: createUndo(database, journal), workspaces, agentOf: stores.agentOf });
  return {
    ...{ turns, steps, changes, jobs, models, reminders, http, workspaces },
    applyProposal: (approval) => applyProposal(approval, { steps, tools, workspaces, http, foundation }),
    recover: async () => {
      await giveBackGrants(approvals, { steps, inbox });
      await journal.recover();
      for (const agent of stores.agents()) await journal.prune(agent);
    },
  };
}

type ProposalPorts = {
  readonly steps: RunSteps;
  readonly tools: ToolRunner;
  readonly workspaces: Workspaces;
  readonly http: HttpClient;
  readonly foundation: Foundation;
};

type GrantUsers = { readonly steps: RunSteps; readonly inbox: AgentWorkPorts["inbox"] };

/** A step is durable before its call begins: a spent grant without one did nothing yet, and whoever waits for it may go on. */
async function giveBackGrants(approvals: Approvals, { steps, inbox }: GrantUsers): Promise<void> {
  const calls = approvals
    .list({ state: "spent" })
    .filter(({ kind, origin }) => kind === "call" && inbox.byRun(origin.run));
  const proposals = approvals.untold().filter(({ state }) => state === "spent");
  for (const { id, origin, toolCall } of [...calls, ...proposals]) {
    const begun = steps.of(origin.run).some(({ callId, state }) => callId === toolCall.id && state !== "waiting");
    if (!begun) await approvals.giveBack(id);
  }
}

const unknownChange =
  "Outcome unknown: the Gateway stopped while this change was made. It was not repeated. Look at the file.";

async function applyProposal(approval: Approval, ports: ProposalPorts): Promise<string> {
  const step = ports.steps.of(approval.origin.run).find(({ callId }) => callId === approval.toolCall.id);
  if (step?.state === "finished") return step.result.text;
  return step?.state === "started" ? unknownChange : makeChange(approval, ports);
}

async function makeChange({ id, origin, call }: Approval, ports: ProposalPorts): Promise<string> {
  const { clock, config } = ports.foundation;
  const { agent, session, principal, path, audience, replyTarget, run } = origin;
  const outcome = await ports.tools.resume(id, {
    ...{ run, agent, session, principal, path, audience, replyTarget, clock },
    provider: "",
    window: { label: () => call.label, namingMessages: () => [], pages: () => [], taintedFetches: () => 0 },
    workspace: ports.workspaces.of(agent),
    http: ports.http,
    config: config(),
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  if (outcome.kind === "result") return outcome.result.text;
  return outcome.kind === "denied" ? outcome.text : "It still waits.";
}

function openedSource(item: Item | undefined): OpenedSource | undefined {
  if (!item || !("text" in item.content)) return undefined;
  const origin = item.handle?.host;
  return { text: item.content.text, label: item.label, ...(origin === undefined ? {} : { origin }) };
}
