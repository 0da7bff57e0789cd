import { describe, expect, test } from "vitest";
import { explain } from "../../src/policy/explain.ts";
import type { Path } from "../../src/policy/request.ts";
import { survey } from "../../src/policy/survey.ts";
import { freshId } from "../../src/policy/universe.ts";
import { control, deliver, operator, policyOf } from "../policy/requests.ts";

const policy = policyOf({ channels: { telegram: {} }, tools: { byProvider: { anthropic: { deny: ["cron:list"] } } } });

describe("who asks, in an explanation", () => {
  const http: Path = { kind: "control", transport: "http" };
  const chat: Path = { kind: "direct", channel: "telegram", account: "default" };

  test.each([
    ["owner", control, "The owner may"],
    ["operator", control, "The owner may"],
    [freshId, control, "The owner may"],
    ["laptop", control, "The owner (laptop) may"],
    ["laptop", http, "The owner over HTTP may"],
    ["owner", http, "The owner over HTTP may"],
    ["laptop", chat, "The owner (laptop) may not"],
  ])("%s at %j", (id, path, beginning) => {
    const { sentence } = explain(policy, deliver({ ...operator(), id } as ReturnType<typeof operator>, path));
    expect(sentence.slice(0, beginning.length + 1)).toBe(`${beginning} `);
  });
});

test("a surveyed request holds no fact that nobody stated", () => {
  const cells = survey(policy);
  expect(cells.some(({ request: { action } }) => action.kind === "tool.call" && "provider" in action)).toBe(true);
  for (const { request } of cells) {
    for (const [name, value] of Object.entries(request.action)) expect(value, name).toBeDefined();
  }
});
