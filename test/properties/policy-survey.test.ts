import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { approvedCommands, approvedTasks } from "../../src/policy/commands.ts";
import { decide } from "../../src/policy/decide.ts";
import type { Effect } from "../../src/policy/decision.ts";
import { emptyPolicy, meet } from "../../src/policy/policy.ts";
import { meaningOf, policyHash, policyMeaning } from "../../src/policy/policy-hash.ts";
import type { Request } from "../../src/policy/request.ts";
import { assemble, type Rule } from "../../src/policy/rule.ts";
import { type Cell, diffPolicies, survey, whoCan } from "../../src/policy/survey.ts";
import { freshId, universeOf } from "../../src/policy/universe.ts";
import { policyOf } from "../policy/requests.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hashOf = (settings: Record<string, unknown>) => policyHash(policyOf(settings), sha256);
const whoOf = ({ subject: { principal, path } }: Cell) =>
  `${principal.kind === "operator" ? "operator" : principal.id} ${path.kind}${path.kind === "group" ? ` ${path.group} ${path.mention}` : ""}`;
const wordsOf = (cells: readonly Cell[]) => [...new Set(cells.map(whoOf))];

describe("universe", () => {
  test("holds each id once per way of being treated, with those treated alike", () => {
    const policy = policyOf({
      security: { owners: [{ channel: "telegram", id: "9" }] },
      channels: { telegram: { allowFrom: ["1", "2", "3"], groups: { a: {}, b: {}, c: { requireMention: false } } } },
    });
    const { subjects } = universeOf(policy);
    const direct = subjects.filter(({ path }) => path.kind === "direct");
    expect(direct.map(({ principal, alike }) => [principal.id, alike])).toEqual([
      [freshId, []],
      ["1", ["2", "3"]],
      ["9", []],
    ]);
    const groups = subjects.flatMap(({ principal, path }) =>
      principal.id === "1" && path.kind === "group" ? [`${path.group} ${path.mention}`] : [],
    );
    expect(groups).toEqual([
      "fresh-id mentioned",
      "fresh-id unmentioned",
      "a mentioned",
      "a unmentioned",
      "c mentioned",
      "c unmentioned",
    ]);
  });

  test("holds both kinds of identity on IRC, topics, sessions and every tool that lists name", () => {
    const universe = universeOf(
      policyOf({
        tools: {
          deny: ["plug_in", "cron:run", "x_*", "group:fs"],
          byProvider: { openai: { alsoAllow: ["from_provider"] } },
        },
        agents: {
          list: [{ id: "main", sandbox: { mode: "non-main" }, tools: { sandbox: { tools: { allow: ["boxed"] } } } }],
        },
        channels: {
          irc: { host: "irc.test", groups: { "#a": { topics: { t: { tools: { deny: ["in_topic"] } } } } } },
          telegram: {
            toolsBySender: { "5": { allow: ["by_sender"] } },
            groups: { g: { tools: { allow: ["in_group"] } } },
          },
        },
      }),
    );
    const irc = universe.subjects.filter(({ path }) => path.kind !== "control" && path.channel === "irc");
    expect(new Set(irc.map(({ principal }) => "identity" in principal && principal.identity)).size).toBe(2);
    expect(irc.some(({ path }) => path.kind === "group" && path.topic === "t")).toBe(true);
    const named = ["plug_in", "cron:run", "from_provider", "boxed", "in_topic", "by_sender", "in_group", "fresh_tool"];
    expect(named.filter((tool) => !universe.tools.includes(tool))).toEqual([]);
    expect(universe.tools.some((tool) => tool.includes("*") || tool.startsWith("group:"))).toBe(false);
    expect(universe.providers).toEqual([undefined, "openai"]);
    expect(universe.sessions).toEqual(["main", "other"]);
    expect(universe.agents).toEqual(["main"]);
    expect(universe.subjects.some(({ principal }) => principal.id === "5")).toBe(true);
    expect(
      universeOf(policyOf({}), policyOf({ agents: { defaults: { sandbox: { mode: "non-main" } } } })),
    ).toMatchObject({
      sessions: ["main", "other"],
    });
  });
});

describe("universe of one chat", () => {
  const subjectsOf = (telegram: object) => universeOf(policyOf({ channels: { telegram } })).subjects;
  const deny = { deny: ["read"] };

  test.each([
    ["a list", { allowFrom: ["7"] }],
    ["a list for groups", { groupAllowFrom: ["7"] }],
    ["the tools of a sender", { toolsBySender: { "7": deny } }],
    ["a group's list", { groups: { g: { allowFrom: ["7"] } } }],
    ["a group's users", { groups: { g: { users: ["7"] } } }],
    ["the tools of a sender in a group", { groups: { g: { toolsBySender: { "7": deny } } } }],
    ["a topic's list", { groups: { g: { topics: { t: { allowFrom: ["7"] } } } } }],
    ["the tools of a sender in a topic", { groups: { "*": { topics: { t: { toolsBySender: { "7": deny } } } } } }],
  ])("holds whom %s names, and somebody else", (_, telegram) => {
    expect([...new Set(subjectsOf(telegram).map(({ principal }) => principal.id))]).toEqual([freshId, "7"]);
  });

  test("`*` is nobody, and every topic of a group or of `*` is a place", () => {
    const any = { toolsBySender: { "*": deny }, groups: { "*": { toolsBySender: { "*": deny }, topics: { t: {} } } } };
    const places = subjectsOf({ ...any, groups: { ...any.groups, g: { topics: { u: {} } } } }).flatMap(
      ({ principal, path }) =>
        path.kind === "group" && path.mention === "mentioned" ? [`${principal.id} ${path.group} ${path.topic}`] : [],
    );
    expect(places).toEqual([
      "fresh-id fresh-id undefined",
      "fresh-id fresh-id t",
      "fresh-id g undefined",
      "fresh-id g u",
      "fresh-id g t",
    ]);
  });
});

describe("survey", () => {
  const guarded = () =>
    policyOf({
      tools: { profile: "messaging", ownerProfile: "owner" },
      channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["1"] } },
    });

  test("gives a stranger the door and nothing else", () => {
    const cells = survey(guarded()).filter(
      ({ subject }) => subject.principal.id === freshId && subject.path.kind === "direct",
    );
    expect(cells.map(({ request, decision, standing }) => [request.action.kind, decision.reason, standing])).toEqual([
      ["message.deliver", "dm.not_listed", "stranger"],
    ]);
  });

  test("every cell is a witness: the same request gets the same decision", () => {
    const cells = survey(guarded());
    expect(new Set(cells.map(({ key }) => key)).size).toBe(cells.length);
    for (const { request, decision } of cells) expect(decide(guarded(), request)).toEqual(decision);
  });

  test("an operator over HTTP is looked at on the HTTP surface", () => {
    const surfaces = survey(guarded()).flatMap(({ subject, request: { action } }) =>
      subject.path.kind === "control" && action.kind === "tool.call"
        ? [`${subject.path.transport} ${action.surface}`]
        : [],
    );
    expect([...new Set(surfaces)]).toEqual(["ws turn", "ws subagent", "http http"]);
  });

  test("who can exec: the operator, not the guest; who can message: both", () => {
    expect(wordsOf(whoCan(guarded(), "exec"))).toEqual(["operator control"]);
    expect(wordsOf(whoCan(guarded(), "message"))).toEqual(["operator control", "1 direct"]);
    const [freest] = whoCan(guarded(), "exec");
    expect(freest?.decision.effect).toBe("allow");
    expect(whoCan(guarded(), "nodes")).toEqual([]);
  });

  test("who is asked about is looked at like who is let in, and the freest way counts", () => {
    const rule = (effect: Effect, on: Rule["on"], applies: Rule["applies"] = () => true): Rule => {
      return { id: `test.${effect}`, origin: "test", effect, on, applies };
    };
    const isSandboxed = ({ action }: Request) => "sink" in action && action.sink.kind === "sandboxed-code";
    const base = [
      rule("allow", "message.deliver"),
      rule("ask", "message.deliver"),
      rule("allow", "tool.call"),
      rule("ask", "tool.call", isSandboxed),
    ];
    const missing = () => ({ id: "test.missing", origin: "test" });
    const [part] = guarded().parts;
    const asking = { parts: part ? [{ ...part, rules: assemble({ base, narrowing: [], missing }) }] : [] };
    const found = whoCan(asking, "exec");
    expect(found.map(({ decision }) => decision.effect)).toEqual(found.map(() => "allow"));
    expect(wordsOf(found)).toContain("1 direct");
  });

  test("a chat is looked at with the agent that answers there, the control path with all", () => {
    const routed = policyOf({
      agents: { list: [{ id: "main" }, { id: "desk" }] },
      bindings: [{ agentId: "desk", match: { channel: "telegram" } }],
      channels: { telegram: { dmPolicy: "open", allowFrom: ["*"] } },
    });
    const agents = (kind: string) =>
      survey(routed).flatMap(({ subject, request: { action } }) =>
        subject.path.kind === kind && action.kind === "tool.call" ? [action.agent] : [],
      );
    expect([...new Set(agents("direct"))]).toEqual(["desk"]);
    expect([...new Set(agents("control"))]).toEqual(["main", "desk"]);
  });
});

describe("difference", () => {
  const before = {
    tools: { profile: "messaging" },
    channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["1"] } },
  };

  test("a new guest widens by exactly the cells of that guest", () => {
    const after = { ...before, channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["1", "2"] } } };
    const { widened, narrowed } = diffPolicies(policyOf(before), policyOf(after));
    expect(wordsOf(widened)).toEqual(["2 direct"]);
    expect(widened.find(({ request }) => request.action.kind === "message.deliver")).toMatchObject({
      before: { effect: "deny", reason: "dm.not_listed" },
      decision: { effect: "allow", reason: "dm.listed" },
    });
    expect(narrowed).toEqual([]);
    const back = diffPolicies(policyOf(after), policyOf(before));
    expect(back.widened).toEqual([]);
    expect(back.narrowed).toHaveLength(widened.length);
    expect(back.narrowed.every(({ decision }) => decision.effect === "deny")).toBe(true);
  });

  test("a new channel that only hands out pairing codes lets nothing through, so nothing is widened", () => {
    const pairing = diffPolicies(policyOf({}), policyOf({ channels: { telegram: {} } }));
    expect(pairing.widened).toEqual([]);
    const open = diffPolicies(
      policyOf({}),
      policyOf({ channels: { telegram: { dmPolicy: "open", allowFrom: ["*"] } } }),
    );
    expect(open.widened.length).toBeGreaterThan(0);
  });

  test.each([
    ["exec without asking", { tools: { exec: { security: "full" } } }],
    ["a task", { tools: { exec: { tasks: [{ name: "deploy", argv: ["make"] }] } } }],
    ["a safe bin", { tools: { exec: { safeBins: ["jq"] } } }],
    ["flow only observed", { security: { informationFlow: { mode: "observe" } } }],
    ["a lifted HTTP deny", { gateway: { tools: { allow: ["sessions_send"] } } }],
    ["a lifted sub-agent deny", { tools: { subagents: { tools: { alsoAllow: ["memory_get"] } } } }],
    ["an owner", { security: { owners: [{ channel: "telegram", id: "7" }] }, channels: { telegram: {} } }],
    ["a second agent", { agents: { list: [{ id: "main" }, { id: "second" }] } }],
  ])("%s is a widening", (_, after) => {
    const { widened } = diffPolicies(
      policyOf({ channels: { telegram: {} } }),
      policyOf({ channels: { telegram: {} }, ...after }),
    );
    expect(widened.length).toBeGreaterThan(0);
  });

  test("until it is accepted the meet of both is in force, and it widens nothing", () => {
    const old = policyOf({ tools: { profile: "minimal", exec: { tasks: [{ name: "a", argv: ["a"] }] } } });
    const wide = policyOf({
      tools: {
        profile: "full",
        exec: {
          tasks: [
            { name: "a", argv: ["a"] },
            { name: "b", argv: ["b"] },
          ],
        },
      },
    });
    expect(diffPolicies(old, wide).widened.length).toBeGreaterThan(0);
    expect(diffPolicies(old, meet(old, wide)).widened).toEqual([]);
    expect(diffPolicies(wide, meet(old, wide)).widened).toEqual([]);
    expect(approvedTasks(meet(old, wide), "main").map(({ name }) => name)).toEqual(["a"]);
    expect(approvedTasks(wide, "main").map(({ name }) => name)).toEqual(["a", "b"]);
    expect([...approvedCommands(meet(wide, old), "main")]).toEqual([...approvedCommands(old, "main")]);
    expect(meet(emptyPolicy, wide)).toBe(emptyPolicy);
    expect(meet(wide, emptyPolicy)).toBe(emptyPolicy);
    expect(approvedTasks(emptyPolicy, "main")).toEqual([]);
    expect(approvedCommands(emptyPolicy, "main").size).toBe(0);
  });

  test("a command is named by all that it means", () => {
    const withExec = (exec: object) => policyOf({ tools: { exec } });
    const namesOf = (exec: object) => [...approvedCommands(withExec(exec), "main")];
    const jq = { safeBins: ["jq"] };
    const limited = { ...jq, safeBinProfiles: { jq: { maxPositional: 1 } }, safeBinTrustedDirs: ["/opt/bin"] };
    expect(namesOf({ tasks: [{ name: "a", argv: ["/bin/a"] }], ...jq })).toEqual([
      'task a {"argv":["/bin/a"],"name":"a"}',
      "safe bin jq [null,[]]",
    ]);
    expect(namesOf(limited)).toEqual(['safe bin jq [{"maxPositional":1},["/opt/bin"]]']);
    expect([...approvedCommands(meet(withExec(jq), withExec(limited)), "main")]).toEqual([]);
    expect([...approvedCommands(meet(withExec(jq), withExec(jq)), "main")]).toHaveLength(1);
  });

  test("an agent's own tasks replace the global ones, and another argv is another task", () => {
    const task = { name: "a", argv: ["a"] };
    const own = policyOf({
      tools: { exec: { tasks: [task] } },
      agents: { list: [{ id: "x", tools: { exec: { tasks: [] } } }, { id: "y" }] },
    });
    expect(approvedTasks(own, "x")).toEqual([]);
    expect(approvedTasks(own, "y")).toEqual([task]);
    const other = policyOf({
      tools: { exec: { tasks: [{ name: "a", argv: ["rm"] }] } },
      agents: { list: [{ id: "y" }] },
    });
    expect(approvedTasks(meet(own, other), "y")).toEqual([]);
  });
});

describe("meaning", () => {
  test("order, repetition and keys without a say in access do not change the hash", () => {
    const telegram = { allowFrom: ["1", "2"], groups: { a: {}, b: {} } };
    const same = { allowFrom: ["telegram:2", "1", "2"], groups: { b: {}, a: {} }, textChunkLimit: 900, name: "x" };
    expect(hashOf({ channels: { telegram } })).toBe(
      hashOf({ channels: { telegram: same }, logging: { level: "debug" } }),
    );
    expect(hashOf({ agents: { list: [{ id: "main", name: "Fay", timeoutSeconds: 7 }] } })).toBe(hashOf({}));
    expect(hashOf({})).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    { channels: { telegram: { allowFrom: ["1"] } } },
    { tools: { deny: ["exec"] } },
    { tools: { exec: { tasks: [{ name: "a", argv: ["a"] }] } } },
    { agents: { defaults: { sandbox: { mode: "all" } } } },
    { session: { dmScope: "per-peer" } },
    { security: { informationFlow: { mode: "observe" } } },
    { gateway: { tools: { deny: ["read"] } } },
    { bindings: [{ agentId: "main", match: { channel: "irc" } }] },
  ])("%j changes it", (settings) => {
    expect(hashOf(settings)).not.toBe(hashOf({}));
  });

  test("the text is canonical JSON of plain data, sets and maps", () => {
    const value = { b: new Set(["z", "a"]), a: new Map([["k", [undefined, null, 1]]]), c: undefined, d: true };
    expect(meaningOf(value)).toBe('{"a":{"k":[null,null,1]},"b":["a","z"],"d":true}');
    expect(meaningOf(undefined)).toBe("null");
    expect(policyMeaning(emptyPolicy)).toBe("[]");
  });
});
