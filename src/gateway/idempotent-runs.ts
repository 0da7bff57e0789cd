/**
 * Runs by idempotency key: the same key of the same caller is the same run, also when both requests are under way. The
 * inbox makes it durable; this remembers the recent ones, so that a repeat does not even reach it.
 */
import type { TurnEvent } from "../agent/turn-contract.ts";
import type { Clock } from "../platform/clock.ts";
import { gatewayLimits } from "./limits.ts";
import type { RunRequest, RunService, RunStarted } from "./services.ts";

export interface IdempotentRuns {
  start(runs: RunService, request: RunRequest, onEvent?: (event: TurnEvent) => void): Promise<RunStarted>;
}

type Known = { readonly started: Promise<RunStarted>; readonly expiresAt: number };

export function createIdempotentRuns(clock: Clock): IdempotentRuns {
  const known = new Map<string, Known>();
  return {
    async start(runs, request, onEvent) {
      const { principal } = request.caller;
      const key = JSON.stringify([principal.id, principal.via, request.idempotencyKey]);
      const earlier = known.get(key);
      if (earlier && earlier.expiresAt > clock.now()) return { ...(await earlier.started), duplicate: true };
      const started = runs.start(request, onEvent);
      known.delete(key);
      known.set(key, { started, expiresAt: clock.now() + gatewayLimits.idempotencyTtlMs });
      forget(known, clock.now());
      // What was never admitted may be tried again under the same key.
      started.catch(() => known.delete(key));
      return started;
    },
  };
}

function forget(known: Map<string, Known>, now: number): void {
  for (const [key, { expiresAt }] of known) {
    if (expiresAt > now && known.size <= gatewayLimits.idempotencyKeysMax) return;
    known.delete(key);
  }
}
