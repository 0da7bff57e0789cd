import { describe, expect, test } from "vitest";
import { defaultConfig } from "../config/schema.ts";
import { readAccess } from "./access.ts";
import { decide, evaluate } from "./decide.ts";
import type { Effect } from "./decision.ts";
import { noGrants } from "./grants.ts";
import { cleanLabel } from "./label.ts";
import { emptyPolicy, meet, type Policy } from "./policy.ts";
import type { Request } from "./request.ts";
import { assemble, type Rule } from "./rule.ts";

const request: Request = {
  principal: { kind: "operator", id: "laptop", scopes: ["operator.admin"], via: "webchat" },
  path: { kind: "control", transport: "ws" },
  action: { kind: "message.deliver" },
  context: { label: cleanLabel, audience: ["owner"], sandbox: "off", grant: "none" },
};

const rule = (effect: Effect, rest: Partial<Rule> = {}): Rule => ({
  id: `test.${effect}`,
  origin: "test",
  effect,
  on: "message.deliver",
  applies: () => true,
  ...rest,
});

const missing = () => ({ id: "test.missing", origin: "nowhere" });

function policyOf(...rules: Rule[]): Policy {
  const set = assemble({ base: rules, narrowing: [], missing });
  return { parts: [{ rules: set, access: readAccess(defaultConfig(), noGrants) }] };
}

const effectOf = (...rules: Rule[]) => decide(policyOf(...rules), request).effect;

describe("decide", () => {
  test("denies under an empty policy, and says that there is none", () => {
    expect(decide(emptyPolicy, request)).toEqual({
      effect: "deny",
      reason: "engine.no_policy",
      because: [{ id: "engine.no_policy", origin: "engine" }],
      cleanReaskHelps: false,
    });
  });

  test("without an allow it denies and names the key that would have to grant", () => {
    expect(decide(policyOf(), request)).toMatchObject({ effect: "deny", reason: "test.missing" });
    expect(decide(policyOf(rule("ask")), request)).toMatchObject({ effect: "deny", reason: "test.missing" });
  });

  test.each([
    [["allow"], "allow"],
    [["allow", "ask"], "ask"],
    [["allow", "challenge"], "allow"],
    [["challenge"], "challenge"],
    [["challenge", "ask"], "challenge"],
    [["allow", "deny"], "deny"],
    [["allow", "ask", "challenge", "deny"], "deny"],
  ] as const)("%j concludes %s, in any order", (effects, expected) => {
    expect(effectOf(...effects.map((effect) => rule(effect)))).toBe(expected);
    expect(effectOf(...[...effects].reverse().map((effect) => rule(effect)))).toBe(expected);
  });

  test("a rule that throws is a deny, whatever its effect", () => {
    const throwing: Partial<Rule> = {
      applies: () => {
        throw new Error("broken");
      },
    };
    for (const effect of ["allow", "ask", "challenge", "deny"] as const) {
      const broken = rule(effect, throwing);
      expect(evaluate(policyOf(rule("allow"), broken), request)).toEqual({
        decision: {
          effect: "deny",
          reason: "engine.rule_threw",
          because: [{ id: "engine.rule_threw", origin: "test" }],
          cleanReaskHelps: false,
        },
        matched: [broken],
      });
    }
  });

  test("an exact grant meets what asks, never what denies", () => {
    const granted: Request = { ...request, context: { ...request.context, grant: "exact" } };
    expect(decide(policyOf(rule("allow"), rule("ask")), granted).effect).toBe("allow");
    expect(decide(policyOf(rule("allow"), rule("ask"), rule("deny")), granted).effect).toBe("deny");
    expect(decide(policyOf(rule("ask")), granted).effect).toBe("deny");
  });

  test("a rule that only observes is recorded and changes nothing", () => {
    const decision = decide(policyOf(rule("allow"), rule("deny", { flow: "observe" })), request);
    expect(decision).toEqual({
      effect: "allow",
      reason: "test.allow",
      because: [{ id: "test.allow", origin: "test" }],
      cleanReaskHelps: false,
      observed: [{ id: "test.deny", origin: "test" }],
    });
  });

  test("names every deciding rule in a stable order", () => {
    const rules = [
      rule("deny", { id: "b.x" }),
      rule("deny", { id: "a.x", origin: "z" }),
      rule("deny", { id: "a.x", origin: "y" }),
    ];
    for (const given of [rules, [...rules].reverse()]) {
      expect(decide(policyOf(...given), request).because).toEqual([
        { id: "a.x", origin: "y" },
        { id: "a.x", origin: "z" },
        { id: "b.x", origin: "test" },
      ]);
    }
  });

  test("what it returns beside the decision is every rule that applies, and nothing else", () => {
    const silent = rule("deny", { id: "test.silent", applies: () => false });
    const rules = [rule("allow"), rule("ask", { flow: "observe" }), rule("challenge")];
    expect(evaluate(policyOf(...rules, silent), request).matched).toEqual(rules);
    expect(evaluate(emptyPolicy, request).matched).toEqual([]);
  });

  test("of two policies that say the same the first one, the accepted one, is named", () => {
    const policies = ["test.accepted", "test.next"].map((id) => policyOf(rule("deny", { id })));
    const [accepted = emptyPolicy, next = emptyPolicy] = policies;
    expect(decide(meet(accepted, next), request).reason).toBe("test.accepted");
    expect(decide(meet(next, accepted), request).reason).toBe("test.next");
    expect(decide(meet(accepted, policyOf(rule("allow"))), request).reason).toBe("test.accepted");
  });

  describe("a clean re-ask helps where information flow alone stands in the way", () => {
    const tainted: Request = {
      ...request,
      context: { ...request.context, label: { ...cleanLabel, integrity: "untrusted" } },
    };
    const below = ({ context }: Request) => context.label.integrity !== "owner";
    const flow: Partial<Rule> = { flow: "enforce", applies: below };
    const breaks = (asked: Request) => {
      if (below(asked)) throw new Error("broken");
      return false;
    };

    test.each([
      ["an ask of flow", [rule("allow"), rule("ask", flow)], true],
      ["a deny of flow", [rule("allow"), rule("deny", flow)], true],
      ["a deny of flow behind which another waits", [rule("allow"), rule("deny", flow), rule("deny")], false],
      ["a deny of flow whatever the integrity", [rule("allow"), rule("deny", { flow: "enforce" })], false],
      [
        "a deny of flow beside any other deny",
        [rule("allow"), rule("deny", flow), rule("deny", { applies: below })],
        false,
      ],
      ["another deny", [rule("allow"), rule("deny", { applies: below })], false],
      ["a rule that throws", [rule("allow"), rule("deny", { applies: breaks })], false],
      ["nothing that allows", [rule("allow", { applies: (asked) => !below(asked) })], false],
      ["nothing", [rule("allow")], false],
    ] as const)("%s: %#", (_, rules, helps) => {
      expect(decide(policyOf(...rules), tainted).cleanReaskHelps).toBe(helps);
    });
  });

  test("a rule of another kind of action is not asked", () => {
    expect(effectOf(rule("allow", { on: "method.call" }))).toBe("deny");
  });
});

test("a rule that allows outside the base does not assemble", () => {
  const sources = { base: [rule("allow")], narrowing: [rule("deny"), rule("allow")], missing };
  expect(() => assemble(sources)).toThrow(
    expect.objectContaining({
      code: "policy.allow_outside_base",
      message: "rule test.allow (test) allows outside the base; only a base may allow",
    }),
  );
});
