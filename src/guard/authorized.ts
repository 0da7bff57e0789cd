/**
 * The seal. What the guard allowed is an object that nothing else can make: a literal, a copy or parsed JSON lacks its
 * private part, so it does not compile; what a cast smuggles past the types is not among the sealed objects, so the
 * place that has the effect refuses it.
 */
import type { Decision } from "../policy/decision.ts";
import type { Action, Request } from "../policy/request.ts";

/** What was allowed, and the row that records it: absent for plain reads, which are not recorded. */
export type Allowed<R extends Request> = {
  readonly request: R;
  readonly decision: Decision;
  readonly ledgerRow: number | undefined;
};

/** Known to this module alone: a constructor reached through an instance seals nothing. */
const sealed = new WeakSet<object>();

class SealedRequest<R extends Request> {
  readonly #allowed: Allowed<R>;

  constructor(allowed: Allowed<R>) {
    this.#allowed = allowed;
    Object.freeze(this);
  }

  get request(): R {
    return this.#allowed.request;
  }

  get decision(): Decision {
    return this.#allowed.decision;
  }

  get ledgerRow(): number | undefined {
    return this.#allowed.ledgerRow;
  }
}

/** A request that the guard allowed. */
export type Authorized<R extends Request = Request> = SealedRequest<R>;

/** Seals what was decided and recorded. For `create-guard.ts` alone. */
export function seal<R extends Request>(allowed: Allowed<R>): Authorized<R> {
  const { request } = allowed;
  for (const part of [request, request.action, request.context]) Object.freeze(part);
  const authorized = new SealedRequest(allowed);
  sealed.add(authorized);
  return authorized;
}

/** Whether the guard made this very object. */
export function isAuthorized(value: unknown): value is Authorized {
  return typeof value === "object" && value !== null && sealed.has(value);
}

/** Something was about to happen that the guard did not allow: a fault of this program, never of a person. */
export class UnsealedError extends Error {
  readonly code = "guard.unsealed";
}

/**
 * The last check before an effect: the guard made this very object, for an action of this kind and name.
 * @throws UnsealedError otherwise.
 */
export function requireSeal(authorized: Authorized, kind: Action["kind"], name?: string): void {
  const action = isAuthorized(authorized) ? authorized.request.action : undefined;
  if (action?.kind === kind && (name === undefined || nameOf(action) === name)) return;
  const what = name === undefined ? kind : `${kind} ${name}`;
  throw new UnsealedError(`the guard did not allow ${what}; nothing was done. This is a fault of the program.`);
}

function nameOf(action: Action): string | undefined {
  if (action.kind === "tool.call") return action.tool;
  return action.kind === "method.call" ? action.method : undefined;
}
