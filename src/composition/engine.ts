import type { Events } from "../gateway/events.ts";
import { createDeliverer } from "../inbound/deliver.ts";
import type { InboundPorts } from "../inbound/ports.ts";
import { createInbound, type Inbound } from "../inbound/receive.ts";
import type { Clock } from "../platform/clock.ts";
import { channelCursor } from "../sessions/channel-cursors.ts";
import { createInbox } from "../sessions/inbox.ts";
import { createOperatorActs, type OperatorActs } from "../sessions/operator-acts.ts";
import { createOutbox } from "../sessions/outbox.ts";
import { createSessionQueue, type SessionQueue } from "../sessions/session-queue.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import { createWhyLog, type WhyLog } from "../sessions/why.ts";
import type { Jobs } from "../tools/exec/jobs.ts";
import type { Sandbox } from "../tools/exec/sandbox.ts";
import { type AgentWork, createAgentWork } from "./agent-work.ts";
import {
  type ChannelDirectory,
  type ChannelDirectoryPorts,
  type ChannelSurroundings,
  createChannelDirectory,
} from "./channels.ts";
import { createDeliveredHistory } from "./delivered-history.ts";
import { createFollowingHttp } from "./following-http.ts";
import type { Foundation } from "./foundation.ts";
import { createHousekeeping } from "./housekeeping.ts";
import type { SendOutgoing } from "./messenger.ts";
import type { Models } from "./models.ts";
import { type Approving, createApprovalService } from "./services/approvals.ts";
import { createRuns, type Runs } from "./services/runs.ts";
import { createSessionStores, type SessionStores } from "./session-stores.ts";
import type { Workspaces } from "./workspaces.ts";

export type Engine = {
  readonly inbound: Inbound;
  readonly queue: SessionQueue;
  readonly channels: ChannelDirectory;
  readonly runs: Runs;
  readonly approving: Approving;
  readonly models: Models;
  readonly workspaces: Workspaces;
  readonly why: WhyLog;
  readonly jobs: Jobs;
  readonly changes: InboundPorts["changes"];
  readonly acts: OperatorActs;
  agents(): readonly string[];
  sessions(agent: string): SessionStore;
  /** Conversations that cannot be read. */
  storeFaults: SessionStores["faults"];
  /** Takes up what the last process left, then connects the channels. */
  start(): Promise<void>;
  /** Makes the channels anew, as the config names them now. */
  restartChannels(): Promise<void>;
  /** Lets turns finish, then stops everything. */
  stop(graceMs: number): Promise<void>;
};

export type EnginePorts = {
  readonly foundation: Foundation;
  readonly sandbox: Sandbox;
  readonly events: Events;
  readonly directory: ChannelDirectoryPorts;
};

export function createEngine({ foundation, sandbox, events, directory }: EnginePorts): Engine {
  const { clock, config, database, log, approvals } = foundation;
  const stores = createSessionStores(foundation);
  const inbox = createInbox(database);
  const outbox = createOutbox(database);
  const acts = createOperatorActs(database);
  const why = createWhyLog(database);
  const queue = createSessionQueue({ concurrentMax: config().agents.defaults.maxConcurrent });
  const channels = createChannelDirectory(directory);
  const send: SendOutgoing = (outgoing) => deliverer.send(outgoing);
  const agentWork = createAgentWork({ foundation, sandbox, stores, channels, send, inbox });
  const { turns, changes, jobs, models, reminders, workspaces } = agentWork;
  const runs: Runs = createRuns({
    ...{ clock, events },
    submit: (submission) => inbound.submit(submission),
    agentOf: stores.agentOf,
    mainSession: (agent) => `agent:${agent ?? stores.agents()[0]}:main`,
  });
  const ports: InboundPorts = {
    ...inboundPorts(foundation, events),
    ...{ inbox, outbox, why, queue, turns, changes },
    sessions: stores.of,
    applyProposal: (approval) => agentWork.applyProposal(approval),
    approvalRequested: (approval) => approving.announce(approval),
    approvalDecided: (id) => approving.settled(id),
    stopJobs: (session) => jobs.stop(session),
    channel: (name, account) => channels.find(name, account),
    delivered: createDeliveredHistory({ sessions: stores, runs, clock }),
    observer: runs.observer,
  };
  const deliverer = createDeliverer(ports);
  const inbound = createInbound(ports, deliverer);
  const approving = createApprovalService({
    ...{ foundation, events },
    defaultAgent: () => stores.agents()[0] ?? "main",
    showOwner: (approval) => inbound.showOwner(approval),
    decided: (id) => inbound.decided(id),
  });
  const surroundings = channelSurroundings({ foundation, inbound, channels });
  const ended = [inbox, outbox, agentWork.steps, acts];
  const housekeeping = createHousekeeping({ clock, approvals, approving, sandbox, log, stores: ended });
  return {
    ...{ inbound, queue, channels, runs, approving, models, why, jobs, changes, acts, workspaces },
    agents: stores.agents,
    sessions: stores.of,
    storeFaults: stores.faults,
    async start() {
      await stores.openExisting();
      await agentWork.recover();
      await inbound.recover();
      housekeeping.start();
      reminders.start();
      await channels.start(config(), surroundings);
    },
    restartChannels: () => channels.stop().then(() => channels.start(config(), surroundings)),
    stop: (graceMs) =>
      stopEngine(
        { agentWork, approving, housekeeping, queue, inbound, channels, surroundings, stores, clock },
        graceMs,
      ),
  };
}

type Stoppable = Pick<Engine, "approving" | "queue" | "inbound" | "channels"> & {
  readonly agentWork: Pick<AgentWork, "reminders" | "jobs" | "http" | "models">;
  readonly housekeeping: { stop(): void };
  readonly surroundings: ChannelSurroundings;
  readonly stores: Pick<SessionStores, "close">;
  readonly clock: Clock;
};

/** First what begins something new; channels go late, because what the turns still answer has to be sent; stores last. */
async function stopEngine(parts: Stoppable, graceMs: number): Promise<void> {
  const { agentWork, approving, housekeeping, queue, inbound, channels, surroundings, stores, clock } = parts;
  const { reminders, jobs, http, models } = agentWork;
  await reminders.stop();
  approving.stop();
  housekeeping.stop();
  await queue.drain({ graceMs, clock });
  await jobs.stopAll();
  await inbound.settle();
  await channels.stop();
  await Promise.all([http.close(), surroundings.http.close(), models.close()]);
  await stores.close();
}

type FoundationPorts =
  | "clock"
  | "config"
  | "guard"
  | "approvals"
  | "policy"
  | "holdsSecret"
  | "pairing"
  | "pairingChanged"
  | "log";

/** What the message path takes from the foundation alone. */
function inboundPorts(foundation: Foundation, events: Events): Pick<InboundPorts, FoundationPorts> {
  const { clock, config, guard, approvals, policy, holdsSecret, pairing, log } = foundation;
  return {
    ...{ clock, config, guard, approvals, pairing, holdsSecret },
    policy: () => policy.current,
    pairingChanged: (channel, account) => events.publish("channels.pairing.changed", { channel, account }),
    log: (level, message, fields) => log.child("inbound")[level](message, fields),
  };
}

type SurroundingParts = Pick<Engine, "inbound" | "channels"> & { readonly foundation: Foundation };

/** Where a channel's messages go, what it may reach, what it reports. */
function channelSurroundings({ foundation, inbound, channels }: SurroundingParts): ChannelSurroundings {
  const { database, log } = foundation;
  return {
    http: createFollowingHttp(() => channelOrigins(foundation)),
    host: (channel, account) => ({
      receive: (envelope) => inbound.receive(envelope),
      report: (status) => channels.report(status),
      cursor: channelCursor(database, channel, account),
      log: (level, message, fields) => log.child(`channels/${channel}`)[level](message, fields),
    }),
  };
}

/** Servers of channels that operator config names and that lie on a private network. */
function channelOrigins({ config }: Foundation): readonly string[] {
  const { telegram } = config().channels;
  return Object.values(telegram?.accounts ?? {}).flatMap(({ apiRoot }) =>
    apiRoot === undefined ? [] : [new URL(apiRoot).origin],
  );
}
