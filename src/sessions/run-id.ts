import { createHash } from "node:crypto";

/** A run's id, made of what its message is known by: the same message is the same run, after a restart too. */
export function runIdOf(...parts: readonly (string | number)[]): string {
  const digest = createHash("sha256").update(parts.join("\0"), "utf8").digest("hex");
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-${digest.slice(12, 16)}-${digest.slice(16, 20)}-${digest.slice(20, 32)}`;
}
