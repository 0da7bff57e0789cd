import { describe, expect, test } from "vitest";
import { emptyPolicy } from "../../src/policy/policy.ts";
import type { Path, Principal } from "../../src/policy/request.ts";
import { agentFor, sessionKeyFor } from "../../src/policy/session-key.ts";
import { control, direct, group, operator, policyOf, sender } from "../policy/requests.ts";

const owned = { owners: [{ channel: "telegram", id: "1" }] };

/** With the owner's account `1` of Telegram. */
function keyOf(session: object, id: string, path: Exclude<Path, { kind: "control" }> = direct): string {
  const policy = policyOf({ session, security: owned, channels: { telegram: {}, irc: { host: "irc.test" } } });
  return sessionKeyFor(policy, "main", { principal: sender(id, { channel: path.channel }), path });
}

describe("sessionKeyFor", () => {
  test.each([
    ["main", "agent:main:main"],
    ["per-peer", "agent:main:direct:ab1"],
    ["per-channel-peer", "agent:main:telegram:direct:ab1"],
    ["per-account-channel-peer", "agent:main:telegram:default:direct:ab1"],
  ])("dmScope %s", (dmScope, expected) => {
    expect(keyOf({ dmScope }, "AB1")).toBe(expected);
  });

  test("groups are their own sessions, whatever dmScope says; topics and threads are named apart", () => {
    expect(keyOf({ dmScope: "main" }, "1", group("G"))).toBe("agent:main:telegram:group:g");
    expect(keyOf({}, "1", group("G", { topic: "7" }))).toBe("agent:main:telegram:group:g:topic:7");
    const room: Path = {
      kind: "group",
      channel: "irc",
      account: "default",
      group: "#a",
      topic: "t",
      mention: "mentioned",
    };
    expect(keyOf({}, "1", room)).toBe("agent:main:irc:group:#a:thread:t");
  });

  test("an operator is always in the main session, and so is whoever is on the control path", () => {
    const policy = policyOf({ session: { dmScope: "per-peer" }, channels: { telegram: {} } });
    const keyAt = (principal: Principal, path: Path) => sessionKeyFor(policy, "ops", { principal, path });
    expect(keyAt(operator(), control)).toBe("agent:ops:main");
    expect(keyAt(operator(), direct)).toBe("agent:ops:main");
    expect(keyAt(operator(), group("g"))).toBe("agent:ops:main");
    expect(keyAt(sender("1"), control)).toBe("agent:ops:main");
    expect(keyAt(sender("1"), direct)).toBe("agent:ops:direct:1");
  });

  test("ownerScope main joins the owner's identities; without it they follow dmScope", () => {
    const dmScope = "per-channel-peer";
    expect(keyOf({ dmScope, ownerScope: "main" }, "1")).toBe("agent:main:main");
    expect(keyOf({ dmScope, ownerScope: "main" }, "2")).toBe("agent:main:telegram:direct:2");
    expect(keyOf({ dmScope }, "1")).toBe("agent:main:telegram:direct:1");
    expect(keyOf({ dmScope, ownerScope: "main" }, "1", group("g"))).toBe("agent:main:telegram:group:g");
  });

  test("identity links join by channel and id, never by a bare id and never for an unvouched one", () => {
    const session = { dmScope: "per-peer", identityLinks: { ann: ["Telegram:1", "irc:ann"], bob: ["2"] } };
    expect(keyOf(session, "1")).toBe("agent:main:direct:ann");
    expect(keyOf(session, "2")).toBe("agent:main:direct:2");
    const policy = policyOf({ session, channels: { irc: { host: "irc.test" } } });
    const path: Path = { kind: "direct", channel: "irc", account: "default" };
    const key = (identity: "mutable" | "immutable") =>
      sessionKeyFor(policy, "main", { principal: sender("Ann", { channel: "irc", identity }), path });
    expect(key("immutable")).toBe("agent:main:direct:ann");
    const linked = policyOf({ session: { ...session, identityLinks: { eve: ["irc:ann"] } }, channels: { irc: {} } });
    const unvouched = sender("ann", { channel: "irc", identity: "mutable" });
    expect(sessionKeyFor(linked, "main", { principal: unvouched, path })).toBe("agent:main:direct:ann");
  });

  test("global scope is one session", () => {
    expect(keyOf({ scope: "global" }, "1")).toBe("agent:main:global");
    expect(keyOf({ scope: "global" }, "1", group("g"))).toBe("agent:main:global");
  });

  test("without a policy conversations are kept as far apart as possible", () => {
    expect(sessionKeyFor(emptyPolicy, "main", { principal: sender("1"), path: direct })).toBe(
      "agent:main:telegram:default:direct:1",
    );
    expect(agentFor(emptyPolicy, { principal: sender("1"), path: direct })).toBe("main");
  });
});

describe("agentFor", () => {
  const bindings = [
    { agentId: "any", match: { channel: "telegram", accountId: "*" } },
    { agentId: "account", match: { channel: "Telegram" } },
    { agentId: "room", match: { channel: "telegram", peer: { kind: "channel", id: "g" } } },
    { agentId: "peer", match: { channel: "telegram", peer: { kind: "dm", id: "telegram:5" } } },
    { agentId: "guild", match: { channel: "discord", guildId: "1" } },
    { agentId: "peer", match: { channel: "discord", peer: { kind: "direct", id: "7" } } },
    { agentId: "gone", match: { channel: "irc" } },
    { agentId: "room", match: { channel: "slack", accountId: "work" } },
    { agentId: "room", match: { channel: "signal", teamId: "1" } },
    { agentId: "room", match: { channel: "line", roles: ["a"] } },
  ];
  const ids = ["first", "any", "account", "room", "peer", "guild"];
  const list = ids.map((id) => ({ id, default: id === "first" }));
  const bound = () => policyOf({ bindings, agents: { list: [...list].reverse() } });
  const at = (id: string, path: Path) =>
    agentFor(bound(), { principal: sender(id, path.kind === "control" ? {} : { channel: path.channel }), path });

  test.each([
    ["a peer by id", "5", direct, "peer"],
    ["the account", "6", direct, "account"],
    ["a peer by id, in the other word for it", "7", { kind: "direct", channel: "discord", account: "default" }, "peer"],
    ["a group by id", "6", group("g"), "room"],
    ["a group's id is no peer", "g", direct, "account"],
    ["a person's id is no group", "6", group("5"), "account"],
    ["any account", "6", { kind: "direct", channel: "telegram", account: "work" }, "any"],
    ["a guild nobody can state", "6", { kind: "direct", channel: "discord", account: "default" }, "first"],
    ["a team nobody can state", "6", { kind: "direct", channel: "signal", account: "default" }, "first"],
    ["a role nobody can state", "6", { kind: "direct", channel: "line", account: "default" }, "first"],
    ["an unknown agent", "6", { kind: "direct", channel: "irc", account: "default" }, "first"],
    ["another account", "6", { kind: "direct", channel: "slack", account: "default" }, "first"],
    ["the named account", "6", { kind: "direct", channel: "slack", account: "work" }, "room"],
    ["the control path", "5", control, "first"],
  ] as const)("%s", (...row) => {
    const [, id, path, expected] = row;
    expect(at(id, path)).toBe(expected);
  });

  test("an operator talks to the default agent", () => {
    expect(agentFor(bound(), { principal: operator(), path: direct })).toBe("first");
  });
});
