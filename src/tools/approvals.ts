/**
 * Approvals: requests that wait for their owner and the grants that answer them, in `state.db`. A request waits up to
 * 24 hours, over restarts too; a grant is for one use of exactly this call, within 10 minutes. Time-out is deny.
 */
import { randomBytes } from "node:crypto";
import { type Authorized, isAuthorized } from "../guard/authorized.ts";
import type { GrantReference } from "../guard/guard.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database, WithChange } from "../platform/database.ts";
import type { Path, Principal } from "../policy/request.ts";
import {
  type Approval,
  type ApprovalBody,
  type ApprovalRow,
  type ApprovalState,
  approvalColumns,
  approvalOf,
} from "./approval.ts";
import { callWordsMax, callWordsMin, canonicalText, hashOfCall, wordsOfHash } from "./canonical-call.ts";

export const approvalWaitMs = 24 * 60 * 60 * 1_000;
export const grantLifeMs = 10 * 60 * 1_000;
/** Cards that nobody asked for, per session and principal and hour; more wait in the list without being sent. */
const unaskedCardsPerHourMax = 6;
/** Requests that may wait at the same time in one session; one more is refused. Those of clients count together. */
const waitingPerSessionMax = 20;
/** Where requests of clients are counted, whatever session they name. */
const clientSession = "client";

export type NewApproval = Pick<Approval, "kind" | "call" | "toolCall" | "card" | "origin" | "why"> & {
  /** Whether an owner's message of the last ten minutes can have asked for it. */
  readonly asked: boolean;
  /** Absent: a fresh one. */
  readonly id?: string;
  /** Absent: as long as a request may wait. */
  readonly waitMs?: number;
};

export type RequestOutcome =
  | { readonly approval: Approval }
  | { readonly refused: "too-many-waiting" | "duplicate-id" };

export type Decided = { readonly outcome: "granted" | "denied"; readonly approval: Approval };

export type AnswerOutcome =
  | Decided
  | { readonly outcome: "refused"; readonly code: "approval.unknown" | "approval.not_approver" | "approval.settled" };

export type GivenAnswer = {
  readonly id: string;
  readonly answer: "approve" | "deny";
  readonly settled?: WithChange<Decided>;
};

export interface Approvals {
  request(wanted: NewApproval): Promise<RequestOutcome>;
  /** `admitted` is the sealed event that carries the answer: a method call with the approvals scope, or an owner's message in a 1:1 chat. */
  answer(given: GivenAnswer, admitted: Authorized): Promise<AnswerOutcome>;
  /** By the person who asked, or by an approver. True when it was waiting and is withdrawn now. */
  withdraw(id: string, admitted: Authorized): Promise<boolean>;
  get(id: string): Approval | undefined;
  /** Newest first. */
  list(filter?: { readonly state?: ApprovalState; readonly session?: string }): readonly Approval[];
  /** Granted proposals whose outcome nobody was told yet, oldest first. */
  untold(): readonly Approval[];
  told(id: string): Promise<void>;
  /** The waiting request whose words stand in the text; undefined when none does, or more than one. */
  named(text: string): Approval | undefined;
  /** The guard's port: consumes the grant when it is of this very call, unspent and in time. */
  spendGrant(reference: GrantReference): Promise<boolean>;
  /** At start only: a grant was spent and the process ended before its call began, so it is good again while it lasts. */
  giveBack(id: string): Promise<void>;
  /** Settles what waited too long; returns those that expired now. */
  expire(): Promise<readonly Approval[]>;
}

export type ApprovalPorts = {
  readonly database: Database;
  readonly clock: Clock;
  /** Whether this sender is an owner on this path (`standingOf`); operators are judged by their scopes. */
  isOwner(principal: Principal, path: Path): boolean;
};

const listMax = 200;
const hourMs = 60 * 60 * 1_000;
export function createApprovals(ports: ApprovalPorts): Approvals {
  return new StoredApprovals(ports);
}

/** A fresh nonce for a canonical call. */
export function approvalNonce(): string {
  return randomBytes(16).toString("hex");
}

class StoredApprovals implements Approvals {
  readonly #ports: ApprovalPorts;

  constructor(ports: ApprovalPorts) {
    this.#ports = ports;
  }

  async request(wanted: NewApproval): Promise<RequestOutcome> {
    const now = this.#ports.clock.now();
    const { call, toolCall, card, origin, why } = wanted;
    const { id = randomBytes(8).toString("hex"), waitMs = approvalWaitMs } = wanted;
    const session = wanted.kind === "client" ? clientSession : origin.session;
    const asker = canonicalText(origin.principal);
    const callHash = hashOfCall(call);
    const body = JSON.stringify({ call, toolCall, card, origin, why } satisfies ApprovalBody);
    // Counted and inserted in one transaction: two cards never share words, and no limit is passed by haste.
    const refused = await this.#ports.database.write((transaction) => {
      if (this.get(id) !== undefined) return "duplicate-id";
      const waiting = this.#waiting(now);
      if (waiting.filter((row) => row.session === session).length >= waitingPerSessionMax) return "too-many-waiting";
      const announced = wanted.asked || this.#unaskedSince(session, asker, now - hourMs) < unaskedCardsPerHourMax;
      const words = freeWords(callHash, new Set(waiting.map((row) => row.words)));
      transaction.run(
        `INSERT INTO approvals (id, state, kind, words, call_hash, session, asker, asked, body, announced, requested_at, expires_at)
         VALUES (?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, wanted.kind, words, callHash, session, asker, Number(wanted.asked), body, Number(announced)],
        ...[now, now + Math.min(waitMs, approvalWaitMs)],
      );
      return undefined;
    });
    return refused === undefined ? { approval: this.#mustGet(id) } : { refused };
  }

  async answer({ id, answer, settled }: GivenAnswer, admitted: Authorized): Promise<AnswerOutcome> {
    if (!this.#mayDecide(admitted)) return { outcome: "refused", code: "approval.not_approver" };
    if (this.get(id) === undefined) return { outcome: "refused", code: "approval.unknown" };
    const now = this.#ports.clock.now();
    const outcome = answer === "approve" ? "granted" : "denied";
    return this.#ports.database.write((transaction): AnswerOutcome => {
      const { changes } = transaction.run(
        `UPDATE approvals SET state = ?, decided_at = ?, decided_by = ?, grant_expires_at = ?
         WHERE id = ? AND state = 'waiting' AND expires_at > ?`,
        ...[outcome, now, JSON.stringify(admitted.request.principal), now + grantLifeMs, id, now],
      );
      if (changes !== 1) return { outcome: "refused", code: "approval.settled" };
      const decided: Decided = { outcome, approval: this.#mustGet(id) };
      settled?.(transaction, decided);
      return decided;
    });
  }

  async withdraw(id: string, admitted: Authorized): Promise<boolean> {
    const approval = this.get(id);
    if (approval === undefined || !isAuthorized(admitted)) return false;
    const sameAsker = canonicalText(approval.origin.principal) === canonicalText(admitted.request.principal);
    if (!sameAsker && !this.#mayDecide(admitted)) return false;
    return this.#settle(`UPDATE approvals SET state = 'withdrawn', decided_at = ? WHERE id = ? AND state = 'waiting'`, [
      this.#ports.clock.now(),
      id,
    ]);
  }

  get(id: string): Approval | undefined {
    const row = this.#ports.database.get<ApprovalRow>(`SELECT ${approvalColumns} FROM approvals WHERE id = ?`, id);
    return row === undefined ? undefined : this.#approval(row);
  }

  list(filter: { readonly state?: ApprovalState; readonly session?: string } = {}): readonly Approval[] {
    const rows = this.#ports.database.all<ApprovalRow>(
      `SELECT ${approvalColumns} FROM approvals
       WHERE (?1 IS NULL OR session = ?1) AND (?2 IS NULL OR state = ?2 OR (?2 = 'expired' AND state IN ('waiting', 'granted')))
       ORDER BY requested_at DESC, id LIMIT ${listMax}`,
      filter.session ?? null,
      filter.state ?? null,
    );
    const approvals = rows.map((row) => this.#approval(row));
    return filter.state === undefined ? approvals : approvals.filter((approval) => approval.state === filter.state);
  }

  untold(): readonly Approval[] {
    return this.#ports.database
      .all<ApprovalRow>(
        `SELECT ${approvalColumns} FROM approvals WHERE kind = 'proposal' AND told_at IS NULL
         AND decided_by IS NOT NULL AND state IN ('granted', 'spent', 'expired') ORDER BY decided_at`,
      )
      .map((row) => this.#approval(row));
  }

  async told(id: string): Promise<void> {
    await this.#settle("UPDATE approvals SET told_at = ? WHERE id = ?", [this.#ports.clock.now(), id]);
  }

  named(text: string): Approval | undefined {
    const said = ` ${text.toLowerCase().replace(/[^a-z]+/g, " ")} `;
    const found = this.list({ state: "waiting" }).filter((approval) =>
      said.includes(` ${approval.words.replaceAll("-", " ")} `),
    );
    return found.length === 1 ? found[0] : undefined;
  }

  async spendGrant(reference: GrantReference): Promise<boolean> {
    const now = this.#ports.clock.now();
    return this.#settle(
      `UPDATE approvals SET state = 'spent', spent_at = ?
       WHERE id = ? AND state = 'granted' AND kind <> 'client' AND call_hash = ? AND grant_expires_at > ?`,
      [now, reference.id, reference.callHash, now],
    );
  }

  async giveBack(id: string): Promise<void> {
    await this.#settle("UPDATE approvals SET state = 'granted', spent_at = NULL WHERE id = ? AND state = 'spent'", [
      id,
    ]);
  }

  async expire(): Promise<readonly Approval[]> {
    const now = this.#ports.clock.now();
    const due = this.#ports.database.all<{ id: string }>(
      `SELECT id FROM approvals WHERE (state = 'waiting' AND expires_at <= ?1) OR (state = 'granted' AND grant_expires_at <= ?1)`,
      now,
    );
    if (due.length === 0) return [];
    await this.#ports.database.write((transaction) => {
      for (const { id } of due) {
        transaction.run("UPDATE approvals SET state = 'expired' WHERE id = ? AND state IN ('waiting', 'granted')", id);
      }
    });
    return due.map(({ id }) => this.#mustGet(id));
  }

  /** Only an admitted event counts: a sealed method call with the approvals scope, or an owner's message in a 1:1 chat. */
  #mayDecide(admitted: Authorized): boolean {
    if (!isAuthorized(admitted)) return false;
    const { principal, path, action } = admitted.request;
    if (principal.kind === "operator") {
      const scoped = principal.scopes.includes("operator.approvals") || principal.scopes.includes("operator.admin");
      const asked =
        action.kind === "message.deliver" || (action.kind === "method.call" && action.scope === "operator.approvals");
      return scoped && asked;
    }
    const inPerson = action.kind === "message.deliver" && path.kind === "direct" && principal.identity === "immutable";
    return inPerson && this.#ports.isOwner(principal, path);
  }

  #unaskedSince(session: string, asker: string, since: number): number {
    const row = this.#ports.database.get<{ count: number }>(
      `SELECT count(*) AS count FROM approvals WHERE session = ? AND asker = ? AND asked = 0 AND requested_at > ?`,
      session,
      asker,
      since,
    );
    return row?.count ?? 0;
  }

  #waiting(now: number): { session: string; words: string }[] {
    return this.#ports.database.all(
      "SELECT session, words FROM approvals WHERE state = 'waiting' AND expires_at > ?",
      now,
    );
  }

  async #settle(sql: string, values: (string | number)[]): Promise<boolean> {
    return this.#ports.database.write((transaction) => transaction.run(sql, ...values).changes === 1);
  }

  #approval(row: ApprovalRow): Approval {
    return approvalOf(row, this.#ports.clock.now());
  }

  #mustGet(id: string): Approval {
    const approval = this.get(id);
    if (approval === undefined) throw new Error(`approval ${id} vanished from state.db`);
    return approval;
  }
}

/** The fewest words that no waiting request has; two requests never share their words. */
function freeWords(hash: string, taken: ReadonlySet<string>): string {
  for (let count = callWordsMin; count <= callWordsMax; count += 1) {
    const words = wordsOfHash(hash, count);
    if (![...taken].some((other) => other === words || other.startsWith(`${words}-`) || words.startsWith(`${other}-`)))
      return words;
  }
  return wordsOfHash(hash, callWordsMax);
}
