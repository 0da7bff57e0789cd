/**
 * The one door. Holds the current policy, asks `decide`, writes the ledger, seals what was allowed.
 * Nothing with an effect runs without an `Authorized` value, and only this folder can make one.
 */
import type { Decision } from "../policy/decision.ts";
import type { Request } from "../policy/request.ts";
import type { Authorized } from "./authorized.ts";
import type { Commit } from "./ledger.ts";

export type Verdict<R extends Request = Request> =
  | { readonly effect: "allow"; readonly decision: Decision; readonly authorized: Authorized<R> }
  | { readonly effect: "ask" | "challenge" | "deny"; readonly decision: Decision };

/** A single-use owner approval, bound to the SHA-256 of the canonical call. */
export type GrantReference = { readonly id: string; readonly callHash: string };

export type CheckOptions = {
  /** Spent by this check when the decision without it is `ask`. */
  readonly grant?: GrantReference;
  /** What the ledger shows about the call, already redacted: never a secret, never a body. */
  readonly summary?: string;
  /**
   * A journal step that belongs to what is asked. When the answer is to allow, it is committed together with the row of
   * the decision, once, under the policy in force at that moment; when it throws, the answer is a deny.
   */
  readonly commit?: Commit;
};

export interface Guard {
  /** Increases with every policy that takes effect; approvals are bound to it. */
  readonly epoch: number;
  /**
   * Decides and records. An allow whose ledger row cannot be written becomes a deny (`ledger.unwritable`);
   * a rule that throws is a deny. Never rejects.
   */
  check<R extends Request>(request: R, options?: CheckOptions): Promise<Verdict<R>>;
}
