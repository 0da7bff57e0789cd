/**
 * Whether a caller holds the operator secret (reference 3.1, 3.3). Comparison takes the same time for every wrong value;
 * a caller who is locked out is told so before anything is compared.
 */
import { type Secret, secretEquals } from "../platform/secret.ts";
import type { AttemptLimiter, LimitKey } from "./attempt-limiter.ts";

export type OperatorAuthSettings =
  | { readonly mode: "token"; readonly secret: Secret }
  | { readonly mode: "password"; readonly secret: Secret };

export type PresentedSecret = { readonly token?: string | undefined; readonly password?: string | undefined };

export type OperatorAuthFailure =
  | "rate_limited"
  | "token_missing"
  | "token_mismatch"
  | "password_missing"
  | "password_mismatch";

export type OperatorAuthAnswer =
  | { readonly ok: true; readonly method: "token" | "password" }
  | { readonly ok: false; readonly reason: OperatorAuthFailure; readonly retryAfterMs?: number };

export type OperatorAuth = {
  readonly mode: "token" | "password";
  /** Increases when the secret changes: connections that used the old one end. */
  readonly epoch: number;
  /** `limitKey` undefined: this caller is not limited (local programs without an Origin). */
  check(presented: PresentedSecret, limitKey: LimitKey): OperatorAuthAnswer;
  /** HTTP: a bearer value is accepted as the token or the password, whichever is set. */
  checkBearer(value: string | undefined, limitKey: LimitKey): OperatorAuthAnswer;
  replace(settings: OperatorAuthSettings): void;
};

export function createOperatorAuth(initial: OperatorAuthSettings, limiter: AttemptLimiter): OperatorAuth {
  let settings = initial;
  let epoch = 0;

  const compare = (value: string | undefined, limitKey: LimitKey): OperatorAuthAnswer => {
    const retryAfterMs = limiter.waitMs(limitKey);
    if (retryAfterMs > 0) return { ok: false, reason: "rate_limited", retryAfterMs };
    // A client that asks for the log-in page has tried nothing yet: only a wrong value counts.
    if (value === undefined || value === "") return { ok: false, reason: `${settings.mode}_missing` };
    if (secretEquals(settings.secret, value)) {
      limiter.succeed(limitKey);
      return { ok: true, method: settings.mode };
    }
    limiter.fail(limitKey);
    return { ok: false, reason: `${settings.mode}_mismatch` };
  };

  return {
    get mode() {
      return settings.mode;
    },
    get epoch() {
      return epoch;
    },
    check: (presented, limitKey) => compare(settings.mode === "token" ? presented.token : presented.password, limitKey),
    checkBearer: compare,
    replace(next) {
      if (next.mode === settings.mode && next.secret.reveal() === settings.secret.reveal()) return;
      settings = next;
      epoch += 1;
    },
  };
}
