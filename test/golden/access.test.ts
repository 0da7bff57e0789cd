/** Golden files of access: a config, requests, and the answer to each. Operators can read them; the docs quote them. */
import { readdirSync, readFileSync } from "node:fs";
import JSON5 from "json5";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import type { Grants } from "../../src/policy/grants.ts";
import { type GoldenCase, requestOf } from "../policy/golden-request.ts";
import { policyOf } from "../policy/requests.ts";

type GoldenFile = {
  readonly about: string;
  readonly config: Record<string, unknown>;
  readonly paired?: Grants["paired"];
  readonly cases: readonly GoldenCase[];
};

const folder = new URL("./access/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json5"));

test("there are golden files", () => {
  expect(files.length).toBeGreaterThan(8);
});

describe.each(files)("%s", (name) => {
  const golden = JSON5.parse(readFileSync(new URL(name, folder), "utf8")) as GoldenFile;
  // Compiled for each case: what only the first case compiles is not known to matter to the others, and a change of
  // the compiler would be tried against that one alone.
  const policy = () => policyOf(golden.config, { paired: golden.paired ?? [] });
  const rows = golden.cases.map((row) => [titleOf(row), row] as const);

  test.each(rows)("%s", (_, row) => {
    const { effect, reason, because, cleanReaskHelps, observed } = decide(policy(), requestOf(row));
    expect(`${effect} ${reason}`).toBe(row.expect);
    if (row.key) expect(because.map(({ origin }) => origin)).toContain(row.key);
    expect(cleanReaskHelps).toBe(row.clean ?? false);
    expect(observed?.map(({ id }) => id)).toEqual(row.observed);
  });
});

function titleOf({ who, at, does, tool, because, expect: answer }: GoldenCase): string {
  return [who, at ?? "", does ?? tool ?? "", "→", answer, because ?? ""].filter(Boolean).join(" ");
}
