/** An approval, and the row that holds it in `state.db`. */
import type { Principal } from "../policy/request.ts";
import type { CanonicalCall } from "./canonical-call.ts";
import type { ToolCall } from "./dispatch-contract.ts";
import type { Card, ToolTurn } from "./tool.ts";

export type ApprovalState = "waiting" | "granted" | "denied" | "expired" | "withdrawn" | "spent";

/** Whose run asked, and where it goes on. */
export type ApprovalOrigin = Pick<
  ToolTurn,
  "run" | "agent" | "session" | "principal" | "path" | "audience" | "replyTarget"
>;

export type Approval = {
  readonly id: string;
  readonly state: ApprovalState;
  /**
   * `call`: a run is parked on it. `proposal`: nothing waits; granting it applies the shown change. `client`: a client
   * asks about what it runs itself; nothing here is done by it, and no guard takes its grant.
   */
  readonly kind: "call" | "proposal" | "client";
  readonly words: string;
  readonly callHash: string;
  readonly call: CanonicalCall;
  readonly toolCall: ToolCall;
  readonly card: Card;
  readonly origin: ApprovalOrigin;
  /** Sentence of the rule that asks. */
  readonly why: string;
  /** False beyond the hourly cap: listed, never pushed to a chat. */
  readonly announced: boolean;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly decidedAt?: number;
  readonly decidedBy?: Principal;
};

export const approvalsMigrations: readonly string[] = [
  `CREATE TABLE approvals (
     id TEXT PRIMARY KEY, state TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, call_hash TEXT NOT NULL,
     session TEXT NOT NULL, asker TEXT NOT NULL, asked INTEGER NOT NULL, body TEXT NOT NULL, announced INTEGER NOT NULL,
     requested_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, decided_at INTEGER, decided_by TEXT,
     grant_expires_at INTEGER, spent_at INTEGER
   ) STRICT;
   CREATE INDEX approvals_by_state ON approvals (state, session);
   CREATE INDEX approvals_by_asker ON approvals (session, asker, requested_at);`,
  // What was decided longer ago than a grant lasts was told by the version before.
  `ALTER TABLE approvals ADD COLUMN told_at INTEGER;
   UPDATE approvals SET told_at = decided_at WHERE kind = 'proposal' AND decided_at < (unixepoch() - 600) * 1000;
   CREATE INDEX approvals_untold ON approvals (decided_at) WHERE kind = 'proposal' AND told_at IS NULL;`,
];

export type ApprovalRow = {
  id: string;
  state: ApprovalState;
  kind: Approval["kind"];
  words: string;
  call_hash: string;
  body: string;
  announced: number;
  requested_at: number;
  expires_at: number;
  decided_at: number | null;
  decided_by: string | null;
  grant_expires_at: number | null;
};

export type ApprovalBody = Pick<Approval, "call" | "toolCall" | "card" | "origin" | "why">;

export const approvalColumns =
  "id, state, kind, words, call_hash, body, announced, requested_at, expires_at, decided_at, decided_by, grant_expires_at";

export function approvalOf(row: ApprovalRow, now: number): Approval {
  const overdue =
    (row.state === "waiting" && row.expires_at <= now) ||
    (row.state === "granted" && row.grant_expires_at !== null && row.grant_expires_at <= now);
  return {
    ...(JSON.parse(row.body) as ApprovalBody),
    id: row.id,
    state: overdue ? "expired" : row.state,
    kind: row.kind,
    words: row.words,
    callHash: row.call_hash,
    announced: row.announced === 1,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
    ...(row.decided_by === null ? {} : { decidedBy: JSON.parse(row.decided_by) as Principal }),
  };
}
