/**
 * A call in the one form that is approved, hashed and executed: canonical JSON (RFC 8785) of everything that makes the
 * call what it is, its SHA-256, and the words by which people tell two cards apart.
 */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Label } from "../policy/label.ts";
import type { Principal } from "../policy/request.ts";
import { approvalWords } from "./approval-words.ts";
import { type Json, ToolError } from "./tool.ts";

export type CanonicalCall = {
  readonly tool: string;
  readonly toolAction: string;
  /** Facts of the plan: arguments, and for code the identity of folder, executable, environment keys and sandbox. */
  readonly call: Json;
  readonly agent: string;
  readonly session: string;
  readonly principal: Principal;
  readonly label: Label;
  /** Hash of the policy under which the card was made. */
  readonly policyEpoch: number;
  /** Random, so that two equal calls are two approvals and nobody can choose the words. */
  readonly nonce: string;
};

export const callWordsMin = 2;
export const callWordsMax = 4;

/** RFC 8785 text. Throws ToolError for what JSON cannot hold (NaN, lone surrogates). */
export function canonicalText(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw new ToolError("call.not_canonical", "the call holds a value that JSON cannot carry");
  return text;
}

/** SHA-256 of the canonical call, 64 hexadecimal digits. */
export function hashOfCall(call: CanonicalCall): string {
  return sha256(canonicalText(call));
}

/** The first `count` words of a hash: each stands for eight bits of it. */
export function wordsOfHash(hash: string, count: number): string {
  const bytes = Buffer.from(hash, "hex").subarray(0, count);
  return [...bytes].map((byte) => approvalWords[byte]).join("-");
}

/** SHA-256 as hexadecimal text. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
