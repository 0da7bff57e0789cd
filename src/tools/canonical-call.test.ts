import { describe, expect, test } from "vitest";
import { cleanLabel } from "../policy/label.ts";
import { approvalWords } from "./approval-words.ts";
import { type CanonicalCall, canonicalText, hashOfCall, wordsOfHash } from "./canonical-call.ts";

const call: CanonicalCall = {
  tool: "exec",
  toolAction: "",
  call: { argv: ["/bin/sh", "-c", "true"], folder: { device: "1", inode: "2" }, stdin: "x", environment: ["PATH"] },
  agent: "main",
  session: "agent:main:main",
  principal: { kind: "operator", id: "d", scopes: ["operator.admin"], via: "webchat" },
  label: cleanLabel,
  policyEpoch: 1,
  nonce: "n",
};

/** Every leaf of the call, changed alone. */
function mutations(value: unknown): unknown[] {
  if (typeof value === "string") return [`${value}x`];
  if (typeof value === "number") return [value + 1];
  if (typeof value === "boolean") return [!value];
  if (Array.isArray(value)) {
    const inside = value.flatMap((item, index) => mutations(item).map((changed) => value.with(index, changed)));
    return [...inside, [...value, "more"]];
  }
  return Object.entries(value as object).flatMap(([key, item]) =>
    mutations(item).map((changed) => ({ ...(value as object), [key]: changed })),
  );
}

describe("the hash of a call", () => {
  test("changes with every single field of it", () => {
    const changed = mutations(call) as CanonicalCall[];
    expect(changed.length).toBeGreaterThan(20);
    const hashes = new Set([hashOfCall(call), ...changed.map(hashOfCall)]);
    expect(hashes.size).toBe(changed.length + 1);
  });

  test("does not depend on the order of keys", () => {
    const reordered = Object.fromEntries(Object.entries(call).reverse()) as CanonicalCall;
    expect(hashOfCall(reordered)).toBe(hashOfCall(call));
  });

  test("is of RFC 8785 text", () => {
    expect(canonicalText({ b: [1e21, -0, "€\u0000"], a: null })).toBe('{"a":null,"b":[1e+21,0,"€\\u0000"]}');
    expect(() => canonicalText({ a: Number.NaN })).toThrow(/JSON cannot carry/);
  });
});

test("words are 256 different plain ones, one for each byte", () => {
  expect(new Set(approvalWords).size).toBe(256);
  expect(approvalWords.every((word) => /^[a-z]{3,9}$/.test(word))).toBe(true);
  expect(wordsOfHash("00ff01", 3)).toBe(`${approvalWords[0]}-${approvalWords[255]}-${approvalWords[1]}`);
});
