/** The answer in words: who may what, why, and which keys say so. */
import { describe, expect, test } from "vitest";
import { explain } from "../../src/policy/explain.ts";
import { reasonText } from "../../src/policy/reasons.ts";
import { type GoldenCase, requestOf } from "../policy/golden-request.ts";
import { policyOf } from "../policy/requests.ts";

const settings = {
  tools: { profile: "messaging", deny: ["exec", "canvas"] },
  agents: {
    list: [
      { id: "main", tools: { deny: ["exec"] } },
      { id: "second" },
      { id: "locked", tools: { exec: { security: "deny" } } },
      { id: "careful", tools: { exec: { ask: "always" } } },
    ],
  },
  channels: { telegram: { allowFrom: ["1"], groups: { g: {}, h: { groupPolicy: "open" } } } },
};
const policy = () => policyOf(settings, { paired: [{ channel: "telegram", account: "default", id: "3" }] });
const explained = (row: Omit<GoldenCase, "expect">) => explain(policy(), requestOf({ ...row, expect: "" }));
const tightened = { kind: "code", security: "allowlist" } as const;
const careful = { kind: "code", ask: "always" } as const;
const askOwner = "Ask the owner; or change the key named here.";

describe("explain", () => {
  test.each<[Omit<GoldenCase, "expect">, string]>([
    [
      { who: "operator", does: "write" },
      "The owner (laptop) may write to the agent: operators write over the control path (operator.control; engine).",
    ],
    [
      { who: "operator(operator.read)", does: "method operator.admin" },
      "The owner (laptop) may not call m: the operator lacks the method's scope (method.scope_missing; engine).",
    ],
    [
      { who: "operator", does: "node" },
      "The owner (laptop) may not run camera.snap on node phone: nobody granted node commands (node.not_granted; engine).",
    ],
    [
      { who: "operator", does: "send", context: "untrusted" },
      "The owner (laptop) may, once an owner approves this very call, be answered by agent main: not only the owner's " +
        "words are in the window (flow.send_below_owner; security.informationFlow.mode).",
    ],
    [
      { who: "operator", tool: "exec" },
      "The owner (laptop) may not use exec of agent main: the tool is denied (tool.denied; agents.list[0].tools.deny, " +
        "tools.deny).",
    ],
    [
      { who: "operator", tool: "canvas", agent: "second" },
      "The owner (laptop) may not use canvas of agent second: the tool is denied (tool.denied; tools.deny).",
    ],
    [
      { who: "telegram:1", does: "write" },
      "telegram sender 1 in a direct chat may write to the agent: the sender is listed (dm.listed; " +
        "channels.telegram.allowFrom).",
    ],
    [
      { who: "telegram:fresh-id", does: "write" },
      "Any other telegram sender in a direct chat may not yet write to the agent: the sender is not paired yet " +
        "(dm.pairing_required; channels.telegram.dmPolicy).",
    ],
    [
      { who: "telegram:1", at: "group i", does: "write" },
      "telegram sender 1 in group i may not write to the agent: the group is not listed (group.not_listed; " +
        "channels.telegram.groups).",
    ],
    [
      { who: "telegram:fresh-id", at: "group fresh-id", does: "write" },
      "Any other telegram sender in any other group may not write to the agent: the group is not listed " +
        "(group.not_listed; channels.telegram.groups).",
    ],
    [
      { who: "telegram:1", at: "control", does: "write" },
      "telegram sender 1 here may not write to the agent: only operators use the control path (operator.required; " +
        "engine).",
    ],
  ])("%j", (row, sentence) => {
    expect(explained(row).sentence).toBe(sentence);
  });

  test.each<[Omit<GoldenCase, "expect">, string[], string]>([
    [{ who: "telegram:3", does: "write" }, ["dm.paired"], ""],
    [{ who: "telegram:1", does: "write" }, ["dm.listed"], ""],
    [{ who: "telegram:9", does: "write" }, ["dm.pairing_required"], "Approve the pairing code."],
    [{ who: "telegram:9", at: "group h", does: "write" }, ["group.open"], ""],
    [{ who: "telegram:3", does: "reply" }, ["send.admitted"], ""],
    [{ who: "operator", tool: "message" }, ["tool.owner_profile"], ""],
    [{ who: "operator", tool: "exec" }, ["tool.denied", "tool.denied"], askOwner],
    [{ who: "operator", tool: "process", agent: "locked", sink: "code" }, ["exec.denied"], askOwner],
    [{ who: "operator", tool: "process", agent: "locked", sink: tightened }, ["exec.denied"], askOwner],
    [{ who: "operator", tool: "process", agent: "careful", sink: "code" }, ["exec.asks_always"], askOwner],
    [{ who: "operator", tool: "process", sink: careful }, ["exec.asks_always"], askOwner],
    [{ who: "operator", tool: "process", sink: "code" }, ["exec.not_allowlisted"], askOwner],
    [{ who: "operator", does: "node" }, [], askOwner],
  ])("%j: these rules spoke, and this would change it", (row, ids, instead) => {
    const { rules, ...rest } = explained(row);
    expect(rules.map(({ id }) => id)).toEqual(ids);
    expect(rest.instead).toBe(instead);
  });

  test("a rule is listed with its key and effect", () => {
    expect(explained({ who: "operator", tool: "exec" }).rules).toEqual([
      { id: "tool.denied", origin: "agents.list[0].tools.deny", effect: "deny" },
      { id: "tool.denied", origin: "tools.deny", effect: "deny" },
    ]);
  });

  test("an unknown reason is its own text", () => {
    expect(reasonText("some.thing").means).toBe("some.thing");
    expect(reasonText("constructor").means).toBe("constructor");
  });
});
