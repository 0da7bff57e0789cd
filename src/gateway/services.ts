/**
 * The ports behind the control plane: what methods and routes may ask the rest of the Gateway to do. The composition
 * root implements them. Access is decided before a port is called; a port takes the caller only to record who asked.
 *
 * `core` is there in recovery mode too; `running` only when the config is sound and channels, agents and tools run.
 */
import type { TurnEvent, TurnOutcome } from "../agent/turn-contract.ts";
import type { ChannelStatus } from "../channels/contract.ts";
import type { Decision, Effect } from "../policy/decision.ts";
import type { Label } from "../policy/label.ts";
import type { Path, Principal } from "../policy/request.ts";
import type { Item } from "../sessions/item.ts";
import type { ApprovalService } from "./approval-service.ts";

export type OperatorPrincipal = Extract<Principal, { kind: "operator" }>;
export type ControlPath = Extract<Path, { kind: "control" }>;

/** Who asked, and on which way. Made by authentication only. */
export type Caller = { readonly principal: OperatorPrincipal; readonly path: ControlPath };

export interface GatewayServices {
  readonly core: CoreServices;
  /** Undefined in recovery mode, and until everything has started. Read for each call. */
  readonly running: RunningServices | undefined;
}

export interface CoreServices {
  readonly host: HostService;
  readonly config: ConfigService;
  readonly logs: LogService;
  readonly security: SecurityService;
}

export interface RunningServices {
  readonly runs: RunService;
  readonly chat: ChatService;
  readonly sessions: SessionService;
  readonly agents: AgentService;
  readonly models: ModelService;
  readonly channels: ChannelService;
  readonly senders: SenderService;
  readonly approvals: ApprovalService;
  readonly policy: PolicyService;
  readonly why: WhyService;
  readonly ledger: LedgerService;
}

export type ServiceProblem = {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly path?: string;
  readonly line?: number;
};

/** What `health`, `status` and `/readyz` say. Both are called per request: they return what is known, without I/O. */
export interface HostService {
  health(): HealthView;
  status(): StatusView;
}

export type HealthView = {
  /** False while starting, stopping or in recovery mode. */
  readonly ready: boolean;
  readonly channels: readonly ChannelStatus[];
  readonly defaultAgentId: string;
};

export type StatusView = {
  readonly version: string;
  readonly mode: "normal" | "recovery";
  readonly startedAt: number;
  readonly stateDirectory: string;
  readonly configPath: string;
  readonly workspace: string;
  readonly model: { readonly provider: string; readonly id: string; readonly offline: boolean };
  readonly sandbox: { readonly state: "proven" | "unproven" | "off"; readonly detail: string };
  readonly queue: { readonly running: number; readonly waiting: number; readonly parked: number };
  readonly policyEpoch: number;
  /** Recovery mode: what is wrong with the config. Normal mode: sections that are switched off, hints. */
  readonly problems: readonly ServiceProblem[];
  /** Break-glass flags in force, for the banner. */
  readonly dangerousFlags: readonly string[];
  /** Keys whose value in force is another one than this Gateway started with: used after the next start. */
  readonly restartKeys: readonly string[];
};

export interface ConfigService {
  get(): ConfigSnapshot;
  /** Replaces the text. Throws ServiceError `config.stale` when `baseHash` is not the hash on disk, `config.invalid` with the problems. */
  set(change: {
    readonly text: string;
    readonly baseHash: string | undefined;
    readonly by: Caller;
  }): Promise<ConfigChange>;
  /** JSON merge patch (RFC 7396) in JSON5; comments of untouched keys stay. */
  patch(change: {
    readonly text: string;
    readonly baseHash: string | undefined;
    readonly by: Caller;
  }): Promise<ConfigChange>;
  schema(): {
    readonly schema: unknown;
    readonly hints: Readonly<Record<string, ConfigHint>>;
    readonly version: string;
  };
}

export type ConfigHint = { readonly help?: string; readonly sensitive?: boolean; readonly group?: string };

/** Secrets are replaced by the mask. In `set` and `patch` it means, at the same place: keep what is there. */
export type ConfigSnapshot = {
  readonly path: string;
  readonly exists: boolean;
  readonly text: string;
  readonly parsed: unknown;
  readonly valid: boolean;
  readonly hash: string;
  readonly problems: readonly ServiceProblem[];
};

export type ConfigChange = ConfigSnapshot & {
  /** Hash of the policy that waits for consent, when the change allows more than before. */
  readonly pendingPolicy?: string;
  readonly restartRequired: boolean;
  /** Which keys need it. */
  readonly restartKeys: readonly string[];
};

export interface LogService {
  /** The name, never the path. Lines are already redacted. */
  tail(range: {
    readonly cursor: number | undefined;
    readonly limit: number;
    readonly maxBytes: number;
  }): Promise<LogTail>;
}

export type LogTail = {
  readonly file: string;
  readonly cursor: number;
  readonly size: number;
  readonly lines: readonly string[];
  readonly truncated: boolean;
  readonly reset: boolean;
};

export interface SecurityService {
  audit(): Promise<AuditView>;
  /** `from` names a principal as the CLI does: `owner`, `stranger@telegram`, `telegram:123456`. */
  explain(question: {
    readonly from: string;
    readonly tool: string | undefined;
    readonly group: string | undefined;
  }): Promise<Explanation>;
  whoCan(tool: string): Promise<readonly Reach[]>;
}

export type AuditView = {
  readonly ts: number;
  readonly summary: { readonly critical: number; readonly warn: number; readonly info: number };
  readonly findings: readonly {
    readonly checkId: string;
    readonly severity: "info" | "warn" | "critical";
    readonly title: string;
    readonly detail: string;
    readonly remediation?: string;
    /** A request that goes through today. */
    readonly witness?: unknown;
    /** The witness in one sentence. */
    readonly sentence?: string;
    /** The rules that let it through, with the lines of the config that they come from, secrets masked. */
    readonly because?: readonly {
      readonly id: string;
      readonly origin: string;
      readonly file?: string;
      readonly line?: number;
      readonly text?: string;
    }[];
    /** The way of the witness, step by step. */
    readonly path?: readonly string[];
    /** A change of the config that was tried: the finding goes with it, and nobody is allowed more. */
    readonly fix?: {
      readonly file: string;
      /** For `config.patch`. */
      readonly patch: string;
      readonly baseHash: string;
      readonly diff: string;
      readonly narrowed: readonly Reach[];
      /** Rows beyond those shown. */
      readonly more: number;
    };
  }[];
};

export type Explanation = {
  readonly sentence: string;
  readonly decision: Decision;
  readonly lines: readonly { readonly file: string; readonly line: number; readonly text: string }[];
  readonly fix?: string;
};

/** One cell of the reach map. */
export type Reach = { readonly who: string; readonly what: string; readonly effect: Effect; readonly sentence: string };

export interface RunService {
  /**
   * Admits a message of an operator. Resolves once it is durable (the inbox row is committed). The same
   * (principal, idempotency key) is the same run. `onEvent` sees the events of this run until its outcome.
   */
  start(request: RunRequest, onEvent?: (event: TurnEvent) => void): Promise<RunStarted>;
  /** The run as it is now; undefined when it is unknown or forgotten. */
  state(runId: string): RunState | undefined;
  /** Resolves at the outcome, or after `timeoutMs` with the run as it is then. */
  wait(runId: string, timeoutMs: number): Promise<RunState | undefined>;
}

export type RunRequest = {
  readonly caller: Caller;
  readonly text: string;
  /** What others said, as the caller passes it on: never the caller's own words. */
  readonly quoted?: readonly { readonly author: string; readonly text: string }[];
  /** Absent: the agent's main session. A session key routes; it grants nothing. */
  readonly sessionKey?: string;
  readonly agent?: string;
  readonly idempotencyKey: string;
  readonly timeoutMs?: number;
};

export type RunStarted = { readonly runId: string; readonly sessionKey: string; readonly duplicate: boolean };

export type RunState = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Absent while it runs or waits in the queue. */
  readonly outcome?: TurnOutcome;
};

export interface ChatService {
  /** Aborts one run, or every run of the session; partial text stays in the transcript. */
  abort(target: {
    readonly sessionKey: string;
    readonly runId?: string;
    readonly by: Caller;
  }): Promise<readonly string[]>;
  /** Newest last. */
  history(range: {
    readonly sessionKey: string;
    readonly limit: number;
    readonly before?: number;
  }): Promise<ChatHistory>;
}

export type ChatHistory = {
  readonly sessionKey: string;
  readonly sessionId: string;
  readonly items: readonly Item[];
  /** Text so far of a run that is still writing, so that a page that reconnects can go on. */
  readonly activeRun?: { readonly runId: string; readonly text: string };
};

export interface SessionService {
  list(filter: SessionFilter): Promise<{ readonly total: number; readonly sessions: readonly SessionView[] }>;
  preview(range: {
    readonly keys: readonly string[];
    readonly limit: number;
    readonly maxChars: number;
  }): Promise<readonly SessionPreview[]>;
  /** Starts the conversation anew; the old items stay readable in the archive. Undefined: no such session. */
  reset(key: string, by: Caller): Promise<SessionView | undefined>;
  delete(key: string, by: Caller): Promise<"deleted" | "absent">;
  /** The context chip: label of the window and the sources that made it so. */
  context(key: string): Promise<SessionContext>;
  /** Takes back what the last turn changed in the workspace. */
  undo(request: ChangeRequest): Promise<{ readonly restored: readonly string[]; readonly skipped: readonly string[] }>;
  /** Adopts what the last turn changed: those files become the owner's. */
  keep(request: ChangeRequest): Promise<{ readonly kept: readonly string[] }>;
}

/** Of a session, `key`. The same (caller, idempotency key) is the same request, after a restart too. */
export type ChangeRequest = { readonly key: string; readonly idempotencyKey: string; readonly by: Caller };

export type SessionFilter = {
  readonly agent?: string;
  readonly search?: string;
  readonly activeSince?: number;
  readonly limit: number;
  readonly offset: number;
};

export type SessionView = {
  readonly key: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly kind: "direct" | "group";
  readonly channel: string;
  readonly title: string;
  readonly lastMessage?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly status: "running" | "queued" | "parked" | "done" | "failed";
};

export type SessionPreview = {
  readonly key: string;
  readonly status: "ok" | "empty" | "missing";
  readonly items: readonly { readonly role: "user" | "assistant" | "tool" | "system"; readonly text: string }[];
};

export type SessionContext = {
  readonly label: Label;
  readonly sources: readonly {
    readonly handle: string;
    readonly kind: string;
    readonly host?: string;
    readonly at: number;
  }[];
};

export interface AgentService {
  list(): {
    readonly defaultId: string;
    /** Session key of the default agent's main conversation. */
    readonly mainKey: string;
    readonly agents: readonly AgentView[];
  };
}

export type AgentView = {
  readonly id: string;
  readonly name?: string;
  readonly workspace: string;
  readonly model?: string;
};

export interface ModelService {
  list(): Promise<readonly ModelView[]>;
  authStatus(): Promise<readonly ProviderAuth[]>;
  /** Tests the credential with a live call, then stores it. Throws ServiceError with what the provider said. */
  configure(settings: {
    readonly provider: string;
    readonly apiKey: string | undefined;
    readonly baseUrl: string | undefined;
    readonly model: string | undefined;
    readonly by: Caller;
  }): Promise<{ readonly provider: string; readonly model: string; readonly latencyMs: number }>;
  clear(provider: string, by: Caller): Promise<"cleared" | "absent">;
  /** Model servers found on loopback; none is used before it is accepted. */
  localServers(): Promise<readonly LocalModelServer[]>;
  acceptLocal(choice: { readonly origin: string; readonly model: string; readonly by: Caller }): Promise<void>;
}

export type ModelView = {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly available: boolean;
  readonly unavailableReason?: "missing-auth" | "auth-failed" | "cooldown";
  readonly contextWindow?: number;
};

export type ProviderAuth = {
  readonly provider: string;
  readonly state: "ok" | "missing" | "failed";
  /** `profile`, or the name of the environment variable; never the value. */
  readonly source?: string;
  readonly problem?: string;
};

export type LocalModelServer = {
  readonly origin: string;
  readonly kind: "ollama" | "llama-server";
  readonly models: readonly string[];
  readonly accepted: boolean;
};

export interface ChannelService {
  status(): readonly ChannelStatus[];
  label(channel: string): string;
}

/** Senders who asked to be let in. */
export interface SenderService {
  list(filter: { readonly channel?: string; readonly account?: string }): Promise<SenderList>;
  /** By request id, or by the code that the person showed. Throws ServiceError `pairing.unknown_request`. */
  approve(choice: SenderChoice & { readonly owner: "owner" | "sender" }): Promise<SenderApproved>;
  dismiss(choice: SenderChoice): Promise<{ readonly senderId: string }>;
  /** Takes a pairing back; what the config lists stays. */
  revoke(sender: PairedSenderChoice): Promise<"revoked" | "absent">;
}

export type SenderChoice = {
  readonly channel: string;
  readonly account: string;
  readonly requestId: string;
  readonly by: Caller;
};

export type PairedSenderChoice = {
  readonly channel: string;
  readonly account: string;
  readonly senderId: string;
  readonly by: Caller;
};

export type SenderApproved = {
  readonly senderId: string;
  readonly ownership: "not-requested" | "configured" | "already-configured" | "unavailable";
};

export type SenderList = {
  readonly accounts: readonly { readonly channel: string; readonly account: string }[];
  readonly requests: readonly {
    readonly requestId: string;
    readonly channel: string;
    readonly account: string;
    readonly senderId: string;
    readonly senderName: string;
    /** False for a request over the limit: it got no code and is shown to the owner only. */
    readonly hasCode: boolean;
    readonly createdAt: number;
    readonly lastSeenAt: number;
    readonly expiresAt: number;
  }[];
  readonly ownerConfigured: boolean;
};

export interface PolicyService {
  epoch(): number;
  /** The policy of the config file that waits for consent; undefined when nothing waits. */
  pending(): PendingPolicy | undefined;
  /** Throws ServiceError `policy.changed` when `hash` is not the pending one. */
  accept(hash: string, by: Caller): Promise<void>;
}

export type PendingPolicy = {
  readonly hash: string;
  readonly widened: readonly Reach[];
  readonly narrowed: readonly Reach[];
  /** Keys of it that are used only after the next start. */
  readonly restartKeys: readonly string[];
};

export interface WhyService {
  /** Newest first: messages that got no answer, with the reason and its fix. */
  list(limit: number): Promise<readonly UnansweredMessage[]>;
}

export type UnansweredMessage = {
  readonly at: number;
  readonly channel: string;
  readonly sender: string;
  readonly code: string;
  readonly text: string;
  readonly fix: string;
};

export interface LedgerService {
  list(range: { readonly limit: number; readonly before: number | undefined }): Promise<readonly LedgerEntry[]>;
  verify(): Promise<{ readonly intact: boolean; readonly rows: number; readonly problem?: string }>;
}

export type LedgerEntry = {
  readonly seq: number;
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly effect: Effect;
  readonly reason: string;
  readonly session?: string;
  readonly summary?: string;
};

/** What a port throws when it cannot do what was asked: goes to the client as it is. */
export class ServiceError extends Error {
  /** Stable, `area.condition`. */
  readonly code: string;
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, more: { details?: unknown; retryAfterMs?: number } = {}) {
    super(message);
    this.code = code;
    this.details = more.details;
    this.retryAfterMs = more.retryAfterMs;
  }
}
