/** The port behind `exec.approval.*`: requests that wait for the owner. */
import type { Authorized } from "../guard/authorized.ts";
import type { ClientCommand } from "../tools/client-command.ts";

export interface ApprovalService {
  list(): Promise<readonly ApprovalView[]>;
  /**
   * A client asks about a command that it runs itself: a card for the owner, nothing else. Throws ServiceError:
   * `approval.denied_by_policy`, `approval.duplicate_id`, `approval.too_many_waiting`, `approval.not_canonical`.
   */
  request(asked: ClientApproval): Promise<ApprovalView>;
  get(id: string): Promise<ApprovalView | undefined>;
  /** `settled`: it was decided, expired or withdrawn before; nothing changed. */
  settle(decision: {
    readonly id: string;
    readonly allow: "once" | "never";
    /** The sealed call that carries the decision: an approver is checked on it. */
    readonly authorized: Authorized;
  }): Promise<"done" | "settled" | "absent">;
  /** Resolves when it is settled, or after `timeoutMs` with the request as it is then. */
  wait(id: string, timeoutMs: number): Promise<ApprovalView | undefined>;
}

export type ClientApproval = {
  readonly command: ClientCommand;
  readonly agent: string | undefined;
  /** For display: it routes nothing here. */
  readonly sessionKey: string | undefined;
  readonly id: string | undefined;
  readonly waitMs: number;
  /** Whether the owner's chats are told, or only those who read `exec.approval.*`. */
  readonly tell: "owner-chats" | "operators";
  /** The sealed call that asks: it says who. */
  readonly authorized: Authorized;
};

export type ApprovalView = {
  readonly id: string;
  readonly state: "pending" | "approved" | "denied" | "expired" | "withdrawn" | "spent";
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly agent: string;
  readonly sessionKey: string;
  readonly runId: string;
  readonly tool: string;
  /** Who asked, as a person reads it. */
  readonly asker: string;
  /** Two to four words of the hash of the canonical call. */
  readonly words: string;
  readonly hash: string;
  readonly title: string;
  readonly exactly: readonly { readonly label: string; readonly text: string; readonly mono: boolean }[];
  readonly where: string;
  readonly why: string;
  readonly sources: readonly { readonly handle: string; readonly kind: string; readonly host?: string }[];
  readonly diffs?: readonly { readonly path: string; readonly diff: string }[];
};
