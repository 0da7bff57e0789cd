/** What the message path uses of the rest of the Gateway. The composition root hands it over once. */
import type { TurnEvent, TurnOutcome, TurnRunner } from "../agent/turn-contract.ts";
import type { Channel } from "../channels/contract.ts";
import type { Config } from "../config/schema.ts";
import type { Guard } from "../guard/guard.ts";
import type { PairingStore } from "../identity/pairing-store.ts";
import type { Clock } from "../platform/clock.ts";
import type { WithChange } from "../platform/database.ts";
import type { Policy } from "../policy/policy.ts";
import type { Inbox } from "../sessions/inbox.ts";
import type { Outbox, OutboxRow } from "../sessions/outbox.ts";
import type { SessionQueue } from "../sessions/session-queue.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { WhyLog } from "../sessions/why.ts";
import type { Approval } from "../tools/approval.ts";
import type { Approvals } from "../tools/approvals.ts";

export type InboundLog = (level: "info" | "warn" | "error", message: string, fields?: Record<string, unknown>) => void;

/** Who watches runs: pages, waiting callers. Nothing here may fail the run. */
export type RunObserver = {
  started(run: RunFacts): void;
  event(run: RunFacts, event: TurnEvent): void;
  ended(run: RunFacts, outcome: TurnOutcome): void;
};

export type RunFacts = {
  readonly run: string;
  readonly session: string;
  readonly agent: string;
  readonly startedAt: number;
};

export type UndoneChanges = { readonly restored: readonly string[]; readonly skipped: readonly string[] };
export type KeptChanges = { readonly kept: readonly string[] };

/** What the last turn of a session changed in the workspace: taken back, or adopted by the owner. */
export type TurnChanges = {
  undo(session: string, settled?: WithChange<UndoneChanges>): Promise<UndoneChanges>;
  keep(session: string, settled?: WithChange<KeptChanges>): Promise<KeptChanges>;
};

export type InboundPorts = {
  readonly clock: Clock;
  /** The config in force; read anew for each message. */
  config(): Config;
  /** The policy in force. */
  policy(): Policy;
  readonly guard: Guard;
  /** A known secret or a secret pattern stands in the text. */
  holdsSecret(text: string): boolean;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly why: WhyLog;
  readonly queue: SessionQueue;
  sessions(agent: string): SessionStore;
  readonly turns: TurnRunner;
  readonly approvals: Approvals;
  readonly changes: TurnChanges;
  /** Kills the background commands of a session; resolves to how many. */
  stopJobs(session: string): Promise<number>;
  readonly pairing: Pick<PairingStore, "request">;
  /** A run waits for its owner. */
  approvalRequested(approval: Approval): void;
  /** Makes a granted change that no run waits for; resolves to what became of it, for people. */
  applyProposal(approval: Approval): Promise<string>;
  /** An approval was decided in a chat: whoever shows it must know, and its run goes on. */
  approvalDecided(id: string): void;
  /** A pairing request came in or changed. */
  pairingChanged(channel: string, account: string): void;
  channel(name: string, account: string): Channel | undefined;
  /** A channel has the text. Resolves when it is durable in the session that it becomes part of, if there is one. */
  delivered(row: OutboxRow): Promise<void>;
  readonly observer: RunObserver;
  readonly log: InboundLog;
};
