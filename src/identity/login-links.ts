/** Single-use codes of log-in links. Only their hashes are kept, in memory: a restart voids them all. */
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../platform/clock.ts";

export const loginCodeTtlMs = 60_000;
/** More outstanding codes than this make the oldest void. */
const outstandingMax = 16;
const codeBytes = 32;

export type LoginLinks = {
  /** A code of 43 URL-safe characters, good once and for `loginCodeTtlMs`. */
  create(): string;
  /** True once for a valid code. */
  redeem(code: string): boolean;
};

export function createLoginLinks(clock: Clock): LoginLinks {
  const expiries = new Map<string, number>();
  const prune = () => {
    for (const [hash, expiresAt] of expiries) if (expiresAt <= clock.now()) expiries.delete(hash);
    for (const hash of [...expiries.keys()].slice(0, Math.max(0, expiries.size - outstandingMax))) {
      expiries.delete(hash);
    }
  };
  return {
    create() {
      const code = randomBytes(codeBytes).toString("base64url");
      expiries.set(hashOf(code), clock.now() + loginCodeTtlMs);
      prune();
      return code;
    },
    redeem(code) {
      prune();
      return expiries.delete(hashOf(code));
    },
  };
}

// Looking up by hash keeps the comparison independent of how much of a code was guessed.
function hashOf(code: string): string {
  return createHash("sha256").update(code).digest("base64url");
}
