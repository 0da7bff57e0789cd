/** The meaning of a policy as text, and its hash: comments, key order and spelling of a config do not change it. */
import type { Policy } from "./policy.ts";

/** SHA-256 of a text, in hexadecimal: given by the caller, since policy computes nothing but decisions. */
export type Sha256 = (text: string) => string;

const hashLength = 16;

/** Short hash of what a policy means. Equal hashes: every request gets the same answer from both. */
export function policyHash(policy: Policy, sha256: Sha256): string {
  return sha256(policyMeaning(policy)).slice(0, hashLength);
}

/** Everything that decisions of this policy depend on, as canonical JSON. */
export function policyMeaning(policy: Policy): string {
  return meaningOf(policy.parts.map(({ access }) => access));
}

/** Canonical JSON of plain data, sets and maps: keys and members sorted, undefined left out. */
export function meaningOf(value: unknown): string {
  if (value instanceof Set) return meaningOf([...value].sort());
  if (value instanceof Map) return meaningOf(Object.fromEntries(value));
  if (Array.isArray(value)) return `[${value.map(meaningOf).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const parts = new Map(Object.entries(value).filter(([, part]) => part !== undefined));
  const keys = [...parts.keys()].sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${meaningOf(parts.get(key))}`).join()}}`;
}
