/**
 * Soundness of the audit: whatever the engine lets somebody do whom nobody let in by name, the audit has a finding for
 * that path. The requests are made here, from the random ones, without a look at the survey that the audit is built on.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Report } from "../../src/audit/finding.ts";
import { answerQuestion } from "../../src/audit/question.ts";
import { toolClassOf } from "../../src/audit/tool-class.ts";
import { decide } from "../../src/policy/decide.ts";
import { type Grants, noGrants } from "../../src/policy/grants.ts";
import { cleanLabel, join } from "../../src/policy/label.ts";
import { audienceOf, labelFor } from "../../src/policy/labels-of.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Path, Principal, Request } from "../../src/policy/request.ts";
import { agentFor, sessionKeyFor } from "../../src/policy/session-key.ts";
import type { Sink } from "../../src/policy/sink.ts";
import { standingOf } from "../../src/policy/standing.ts";
import { survey } from "../../src/policy/survey.ts";
import { universeOf } from "../../src/policy/universe.ts";
import { auditOf } from "../audit/audited.ts";
import { grants, label, type Settings, settings } from "../policy/arbitraries.ts";
import { lawCases } from "../policy/law-cases.ts";
import { policyOf } from "../policy/requests.ts";

const { cases, seed } = lawCases;
const worlds = Math.ceil(cases / 80);

const code = (where: "host" | "sandbox", allowlisted = false): Sink => {
  return { kind: "code", where, security: "full", ask: "off", allowlisted };
};
const fetchOf = (method: string, urlNamed: boolean): Sink => {
  return { kind: "egress", method, hasBodyOrHeaders: false, secretInRequest: false, urlNamed, countThisTurn: 1 };
};
const free: Sink = { kind: "free", reads: "effect" };
const commands = [code("host"), code("sandbox"), code("host", true), { kind: "sandboxed-code" } as const];

/** What each tool may do to the world, as the tool runner tells it. */
const sinksOfTool: Readonly<Record<string, readonly Sink[]>> = {
  exec: commands,
  process: commands,
  read: [free],
  write: [free, { kind: "change" }],
  apply_patch: [free, { kind: "change" }],
  web_fetch: [fetchOf("GET", true), fetchOf("GET", false), fetchOf("POST", false)],
  message: [{ kind: "send", audience: ["peer:x"], secretInBody: false }],
  cron: [{ kind: "control" }],
  gateway: [{ kind: "control" }],
  remind: [free],
  open: [free],
  plugin_tool: [free],
};
const uses = Object.entries(sinksOfTool).flatMap(([tool, sinks]) => sinks.map((sink) => ({ tool, sink })));

const place = { channel: fc.constantFrom("telegram", "irc", "discord"), account: fc.constantFrom("default", "work") };

/** Somebody at a place uses a tool with something in the window: everything that the Gateway does not work out itself. */
const asked = fc.sample(
  fc.record({
    at: fc.record(place),
    id: fc.constantFrom("1", "2", "alice", "somebody"),
    identity: fc.constantFrom("immutable", "mutable"),
    group: fc.constantFrom(undefined, "g", "h", "elsewhere"),
    topic: fc.constantFrom(undefined, "7"),
    mention: fc.constantFrom("mentioned", "unmentioned", "undetectable"),
    use: fc.constantFrom(...uses),
    surface: fc.constantFrom("turn", "subagent"),
    provider: fc.constantFrom(undefined, "anthropic", "openai/gpt-5"),
    window: fc.oneof(fc.constant(cleanLabel), fc.constant({ ...cleanLabel, integrity: "untrusted" } as const), label),
  }),
  { numRuns: 3_000, seed },
);
type Asked = (typeof asked)[number];
type ToolRequest = Request & { readonly action: Extract<Request["action"], { readonly kind: "tool.call" }> };

/** The request as the Gateway makes it: routed, with the speaker's own label at least, and no grant yet. */
function requestOf(policy: Policy, { at, id, identity, use, surface, provider, ...rest }: Asked): ToolRequest {
  const principal: Principal = { kind: "sender", ...at, id, identity };
  const speaking = { principal, path: pathOf(at, rest) };
  const standing = standingOf(policy, principal, speaking.path);
  const agent = agentFor(policy, speaking);
  const own = labelFor({ ...speaking, part: "own", holdsSecret: false }, standing);
  const call = { kind: "tool.call", ...use, agent, surface } as const;
  return {
    ...speaking,
    action: provider === undefined ? call : { ...call, provider },
    context: {
      label: join(rest.window, own),
      audience: audienceOf(speaking, standing),
      session: sessionKeyFor(policy, agent, speaking),
      sandbox: use.sink.kind === "sandboxed-code" ? "proven" : "off",
      grant: "none",
    },
  };
}

function pathOf(at: Asked["at"], { group, topic, mention }: Pick<Asked, "group" | "topic" | "mention">): Path {
  if (group === undefined) return { kind: "direct", ...at };
  return { kind: "group", ...at, group, mention, ...(topic === undefined ? {} : { topic }) };
}

/** The finding that must be there when a request of this person goes through. */
function owedFinding(policy: Policy, request: ToolRequest): string | undefined {
  const { effect } = decide(policy, request);
  if (effect !== "allow" && effect !== "ask") return undefined;
  const standing = standingOf(policy, request.principal, request.path);
  if (standing !== "stranger" && standing !== "member") return undefined;
  return `reach.${standing}_${toolClassOf(request.action.tool)}`;
}

/** The report on exactly these settings: what the loader would switch off stays on. */
function reportOn(config: Settings, granted: Grants): { readonly policy: Policy; readonly report: Report } {
  const policy = policyOf(config, granted);
  const access = { policy, waiting: undefined, grants: granted, unreadable: [] };
  return { policy, report: auditOf({ config, grants: granted, facts: { access, cells: survey(policy) } }) };
}

/** The same settings with a door that is open to everybody and a wider base: what else narrows them counts then. */
function opened(config: Settings): Settings {
  const { allow: _, ...tools } = config["tools"] as Settings;
  const door = { enabled: true, dmPolicy: "open", allowFrom: ["*"], groupPolicy: "open" };
  return {
    ...config,
    tools: { ...tools, profile: "full" },
    channels: { ...(config["channels"] as object), telegram: door },
  };
}

let owedInAll = 0;

function unreported(policy: Policy, { findings }: Report): readonly string[] {
  const found = new Set(findings.map(({ checkId }) => checkId));
  return asked.flatMap((one) => {
    const request = requestOf(policy, one);
    const owed = owedFinding(policy, request);
    if (owed !== undefined) owedInAll += 1;
    return owed === undefined || found.has(owed) ? [] : [`${owed}: ${JSON.stringify(request)}`];
  });
}

/** Findings whose witness the engine would refuse. */
const refusedWitnesses = (policy: Policy, { findings }: Report) =>
  findings.filter(({ witness }) => witness && !["allow", "ask"].includes(decide(policy, witness).effect));

describe("the audit is sound", () => {
  test("whatever a stranger or an unlisted member can do has a finding, and every witness goes through", {
    timeout: 120_000,
  }, () => {
    fc.assert(
      fc.property(fc.oneof(settings, settings.map(opened)), grants, (config, granted) => {
        const { policy, report } = reportOn(config, granted);
        expect(unreported(policy, report)).toEqual([]);
        expect(refusedWitnesses(policy, report)).toEqual([]);
      }),
      { numRuns: worlds, seed, endOnFailure: true },
    );
  });

  test("the property bites: many of these requests do go through", () => {
    expect(owedInAll).toBeGreaterThan(worlds * 10);
  });
});

/** Nobody but people listed by id, narrow tools, a token, rules enforced. */
const people = fc.uniqueArray(fc.constantFrom("1", "2", "3"), { minLength: 1, maxLength: 3 });
const safeSettings = fc
  .record({
    dmPolicy: fc.constantFrom("pairing", "allowlist", "disabled"),
    allowFrom: people,
    groupAllowFrom: people,
    groups: fc.constantFrom({}, { g: {} }, { "*": {} }),
    profile: fc.constantFrom("minimal", "messaging", "coding"),
    sandbox: fc.constantFrom("off", "all"),
  })
  .map(({ profile, sandbox, ...access }) => ({
    gateway: { auth: { mode: "token", token: "0123456789abcdef0123456789abcdef" } },
    session: { dmScope: "per-channel-peer" },
    agents: { defaults: { sandbox: { mode: sandbox } } },
    tools: { profile, fs: { workspaceOnly: true }, elevated: { enabled: false } },
    channels: { whatsapp: access },
  }));

test("a safe config has nothing critical, whoever is listed or paired", () => {
  fc.assert(
    fc.property(safeSettings, people, (config, ids) => {
      const paired = ids.map((id) => ({ channel: "whatsapp", account: "default", id }));
      const { findings } = auditOf({ config, grants: { paired } });
      expect(findings.filter(({ severity }) => severity === "critical")).toEqual([]);
    }),
    { numRuns: 60, seed },
  );
});

test("explain says what the engine decides", () => {
  const who = fc.constantFrom("owner", "http", "stranger@whatsapp", "whatsapp:1", "whatsapp:2", "member@whatsapp");
  const tool = fc.constantFrom(undefined, "read", "exec", "web_fetch", "message", "cron", "plugin_tool");
  const window = fc.constantFrom("own", "tainted");
  fc.assert(
    fc.property(safeSettings, fc.record({ from: who, tool, window }), (config, question) => {
      const policy = policyOf(config, noGrants);
      // A plugin's tool is known where the config names it.
      fc.pre(question.tool === undefined || universeOf(policy).tools.includes(question.tool));
      const { ways, door } = answerQuestion(policy, question, { originOf: () => undefined });
      for (const { request, explanation } of ways) expect(explanation.decision).toEqual(decide(policy, request));
      expect(ways.length).toBeGreaterThan(0);
      const [first] = ways;
      if (!first) throw new Error("an answer has at least one way");
      const message = { ...first.request, action: { kind: "message.deliver" } } as const;
      expect(door.decision.effect).toBe(decide(policy, message).effect);
    }),
    { numRuns: 200, seed },
  );
});
