/**
 * The engine's laws, over random policies and requests: a slice in the normal run, the full count with
 * `npm run prove:laws`.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import type { Decision, Effect } from "../../src/policy/decision.ts";
import { explain } from "../../src/policy/explain.ts";
import { noGrants } from "../../src/policy/grants.ts";
import { cleanLabel, join, joinAll, unknownLabel } from "../../src/policy/label.ts";
import { emptyPolicy, meet, type Policy } from "../../src/policy/policy.ts";
import { reasons } from "../../src/policy/reasons.ts";
import type { Request } from "../../src/policy/request.ts";
import { assemble, type Rule } from "../../src/policy/rule.ts";
import { standingOf } from "../../src/policy/standing.ts";
import { diffPolicies, survey } from "../../src/policy/survey.ts";
import { grants, label, requests, type Settings, settings } from "../policy/arbitraries.ts";
import { lawCases, noteCases } from "../policy/law-cases.ts";
import { policyOf } from "../policy/requests.ts";

const { cases, worlds, seed } = lawCases;

/** A pool of policies made once: making one costs more than asking it a thousand times. */
const samples = fc.sample(fc.tuple(settings, grants), { numRuns: worlds, seed });
const compiled = new Map<number, Policy>();
const pool = fc.nat({ max: samples.length - 1 }).map((index) => {
  const [config, granted] = samples[index] ?? [{}, noGrants];
  const policy = compiled.get(index) ?? policyOf(config, granted);
  compiled.set(index, policy);
  return policy;
});

const law = (...args: Parameters<typeof fc.assert>) => {
  fc.assert(args[0], { numRuns: cases, seed, endOnFailure: true, ...args[1] });
  noteCases(args[1]?.numRuns ?? cases);
};

/** What an effect lets through. A challenge lets through as little as a deny. */
const passes: Record<Effect, number> = { deny: 0, challenge: 0, ask: 1, allow: 2 };
const atMost = (a: Decision, b: Decision) => passes[a.effect] <= passes[b.effect];

const withRules = (policy: Policy, change: (rules: readonly Rule[]) => readonly Rule[]): Policy => ({
  parts: policy.parts.map(({ rules, access }) => ({
    access,
    rules: assemble({ base: change(rules.rules), narrowing: [], missing: rules.missing }),
  })),
});

const withContext = (request: Request, context: Partial<Request["context"]>): Request => ({
  ...request,
  context: { ...request.context, ...context },
});

describe("laws of the engine", () => {
  test("the empty policy denies everything", () => {
    law(fc.property(requests, (request) => decide(emptyPolicy, request).effect === "deny"));
  });

  test("adding a rule that denies, asks, challenges or throws never lets more through", () => {
    const effects = fc.constantFrom<Effect>("deny", "ask", "challenge");
    const outcomes = fc.constantFrom<() => boolean>(
      () => true,
      () => {
        throw new Error("broken");
      },
    );
    const additions = fc.record({ effect: effects, applies: outcomes });
    law(
      fc.property(pool, requests, additions, (policy, request, addition) => {
        const added: Rule = { ...addition, id: "test.added", origin: "test", on: request.action.kind };
        const more = withRules(policy, (rules) => [...rules, added]);
        return atMost(decide(more, request), decide(policy, request));
      }),
      { numRuns: Math.ceil(cases / 8) },
    );
  });

  test("removing a rule that allows never lets more through", () => {
    law(
      fc.property(pool, requests, fc.nat(), (policy, request, index) => {
        const without = (rules: readonly Rule[]) => {
          const allows = rules.filter(({ effect }) => effect === "allow");
          return rules.filter((rule) => rule !== allows[index % allows.length]);
        };
        return atMost(decide(withRules(policy, without), request), decide(policy, request));
      }),
      { numRuns: Math.ceil(cases / 8) },
    );
  });

  test("the order of rules never matters", () => {
    law(
      fc.property(pool, requests, fc.nat(), (policy, request, turn) => {
        const rotate = (rules: readonly Rule[]) => {
          const at = turn % rules.length;
          return [...rules.slice(at), ...rules.slice(0, at)].reverse();
        };
        expect(decide(withRules(policy, rotate), request)).toEqual(decide(policy, request));
      }),
      { numRuns: Math.ceil(cases / 8) },
    );
  });

  test("explain answers as decide does, and every reason has a text", () => {
    law(
      fc.property(pool, requests, (policy, request) => {
        const { decision } = explain(policy, request);
        expect(decision).toEqual(decide(policy, request));
        expect(decision.because.map(({ id }) => id).filter((id) => !reasons.includes(id))).toEqual([]);
      }),
    );
  });

  test("the meet of two policies lets through exactly what both let through", () => {
    law(
      fc.property(pool, pool, requests, (a, b, request) => {
        const both = passes[decide(meet(a, b), request).effect];
        expect(both).toBe(Math.min(passes[decide(a, request).effect], passes[decide(b, request).effect]));
      }),
    );
  });

  test("joining anything into the window never lets more through", () => {
    law(
      fc.property(pool, requests, label, (policy, request, added) => {
        const tainted = withContext(request, { label: join(request.context.label, added) });
        // The pairing code's built-in text is the one thing that only a clean label may say.
        return atMost(decide(policy, tainted), decide(policy, request));
      }),
    );
  });

  test("a grant meets what asks and nothing else", () => {
    law(
      fc.property(pool, requests, (policy, request) => {
        const before = decide(policy, withContext(request, { grant: "none" })).effect;
        const after = decide(policy, withContext(request, { grant: "exact" })).effect;
        expect(after).toBe(before === "ask" ? "allow" : before);
      }),
    );
  });

  test("a sender whose id nobody vouches for is no owner, and gets at most what a vouched-for one gets", () => {
    law(
      fc.property(pool, requests, (policy, request) => {
        const { principal, path, action } = request;
        if (principal.kind === "operator") return true;
        const vouched = { ...principal, identity: "immutable" } as const;
        const unvouched = { ...principal, identity: "mutable" } as const;
        if (standingOf(policy, unvouched, path) === "owner") return false;
        // Owners have a profile of their own, which may hold less than that of everybody else.
        if (action.kind === "tool.call" && standingOf(policy, vouched, path) === "owner") return true;
        return atMost(
          decide(policy, { ...request, principal: unvouched }),
          decide(policy, { ...request, principal: vouched }),
        );
      }),
    );
  });

  test("a call that asks for stricter commands never gets more", () => {
    const stricter = fc.constantFrom(
      { ask: "always" },
      { security: "allowlist" },
      { security: "deny" },
      { ask: "on-miss" },
    );
    law(
      fc.property(pool, requests, stricter, (policy, request, tightened) => {
        const { action } = request;
        if (action.kind !== "tool.call" || action.sink.kind !== "code") return true;
        const loose = { ...action.sink, security: "full", ask: "off" } as const;
        const tight = { ...loose, ...tightened } as typeof action.sink;
        const ask = (sink: typeof action.sink) => decide(policy, { ...request, action: { ...action, sink } });
        return atMost(ask(tight), ask(loose));
      }),
    );
  });

  test("who is not at a place gets nothing there", () => {
    law(
      fc.property(pool, requests, (policy, request) => {
        const { principal, path } = request;
        const elsewhere =
          principal.kind === "operator"
            ? path.kind !== "control"
            : path.kind === "control" || principal.channel !== path.channel || principal.account !== path.account;
        return !elsewhere || decide(policy, request).effect === "deny";
      }),
    );
  });

  test("whoever may not write may not use a tool either", () => {
    law(
      fc.property(pool, requests, (policy, request) => {
        const path = request.path.kind === "group" ? { ...request.path, mention: "mentioned" as const } : request.path;
        const door = decide(policy, { ...request, path, action: { kind: "message.deliver" } });
        return request.action.kind !== "tool.call" || atMost(decide(policy, request), door);
      }),
    );
  });

  test("a clean re-ask is offered exactly when better integrity alone changes the answer", () => {
    law(
      fc.property(pool, requests, (policy, request) => {
        const { effect, cleanReaskHelps } = decide(policy, request);
        const best = withContext(request, { label: { ...request.context.label, integrity: "owner" } });
        const cleaned = decide(policy, best);
        if (cleanReaskHelps) expect(passes[cleaned.effect]).toBeGreaterThan(passes[effect]);
        if (effect === "allow" || request.context.label.integrity === "owner") expect(cleanReaskHelps).toBe(false);
      }),
    );
  });
});

describe("laws of configs", () => {
  type Lists = { readonly deny?: readonly string[] };
  type Section = Lists & { readonly exec?: object; readonly tools?: Lists };
  const change = (config: Settings, at: string, values: (section: Section) => object): Settings => {
    const section = (config[at] ?? {}) as Section;
    return { ...config, [at]: { ...section, ...values(section) } };
  };
  const asked = fc.array(requests, { minLength: 40, maxLength: 40 });

  test("a longer deny list, no exec, a stricter flow or a confined workspace never lets more through", () => {
    const narrowings = fc.constantFrom<(config: Settings) => Settings>(
      (config) => change(config, "tools", ({ deny = [] }) => ({ deny: [...deny, "exec", "group:fs"] })),
      (config) => change(config, "tools", ({ exec }) => ({ exec: { ...exec, security: "deny" } })),
      (config) => change(config, "tools", () => ({ fs: { workspaceOnly: true } })),
      (config) =>
        change(config, "gateway", ({ tools }) => ({ tools: { allow: [], deny: [...(tools?.deny ?? []), "message"] } })),
      (config) => change(config, "security", () => ({ informationFlow: { mode: "enforce" } })),
    );
    const worlds = fc.record({ config: settings, granted: grants, narrow: narrowings, asked });
    law(
      fc.property(worlds, ({ config, granted, narrow, asked }) => {
        const before = policyOf(config, granted);
        const after = policyOf(narrow(config), granted);
        return asked.every((request) => atMost(decide(after, request), decide(before, request)));
      }),
      { numRuns: Math.ceil(cases / 60) },
    );
  });

  test("whatever one policy lets through beyond another, the difference shows", () => {
    const worlds = fc.record({ a: settings, b: settings, granted: grants, asked });
    law(
      fc.property(worlds, ({ a, b, granted, asked }) => {
        const before = policyOf(a, granted);
        const after = policyOf(b, granted);
        const freer = asked.some((request) => !atMost(decide(after, request), decide(before, request)));
        return !freer || diffPolicies(before, after).widened.length > 0;
      }),
      { numRuns: Math.ceil(cases / 600) },
    );
  });

  test("a policy differs from itself in nothing, and its survey repeats what decide says", () => {
    law(
      fc.property(pool, (policy) => {
        expect(diffPolicies(policy, policy)).toEqual({ widened: [], narrowed: [] });
        const wrong = survey(policy).filter(
          ({ request, decision }) => decide(policy, request).effect !== decision.effect,
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: Math.ceil(cases / 2_400) },
    );
  });
});

describe("laws of join", () => {
  test("commutative, associative, idempotent, with the clean label as unit and the unknown one as end", () => {
    law(
      fc.property(label, label, label, (a, b, c) => {
        expect(join(a, b)).toEqual(join(b, a));
        expect(join(a, join(b, c))).toEqual(join(join(a, b), c));
        expect(join(join(a, a), cleanLabel)).toEqual(joinAll([a]));
        expect(join(a, unknownLabel)).toEqual(unknownLabel);
      }),
    );
  });
});
