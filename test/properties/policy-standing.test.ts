import { describe, expect, test } from "vitest";
import { emptyPolicy, meet } from "../../src/policy/policy.ts";
import type { Path, Principal } from "../../src/policy/request.ts";
import { hasScope, identityOfId, isAt, standingIn, standingOf } from "../../src/policy/standing.ts";
import { control, direct, group, operator, policyOf, sender } from "../policy/requests.ts";

const settings = {
  security: { owners: [{ channel: "telegram", id: "1" }] },
  channels: {
    telegram: {
      allowFrom: ["2", "3"],
      groupAllowFrom: ["3"],
      groups: { staff: { allowFrom: ["5"], topics: { t: {}, u: { allowFrom: ["6"] } } } },
      accounts: { default: {}, work: {} },
    },
    irc: { host: "irc.test", allowFrom: ["ann"] },
  },
};
const policy = () => policyOf(settings, { paired: [{ channel: "telegram", account: "default", id: "4" }] });
const work: Path = { kind: "direct", channel: "telegram", account: "work" };
const irc: Path = { kind: "direct", channel: "irc", account: "default" };
const nowhere: Path = { kind: "direct", channel: "signal", account: "default" };
const alike = { channel: "irc", account: "default" };

describe("standing", () => {
  test.each([
    ["an operator", operator(), control, "operator"],
    ["an operator outside the control path", operator(), direct, "stranger"],
    ["a sender on the control path", sender("1"), control, "stranger"],
    ["an owner", sender("1"), direct, "owner"],
    ["an owner's id that nobody vouches for", sender("1", { identity: "mutable" }), direct, "stranger"],
    ["an owner in a group", sender("1"), group("g"), "owner"],
    ["an owner of one account at another", sender("1", { account: "work" }), work, "stranger"],
    ["a listed sender", sender("2"), direct, "listed"],
    ["a listed sender where the account is another", sender("2", { account: "work" }), direct, "stranger"],
    ["a listed id of another channel", sender("2", alike), direct, "stranger"],
    ["an owner's id of another channel in a group", sender("1", alike), group("g"), "stranger"],
    ["a paired sender", sender("4"), direct, "paired"],
    ["a sender who is paired with another account", sender("4", { account: "work" }), work, "stranger"],
    ["a paired sender in a group", sender("4"), group("g"), "member"],
    ["somebody else", sender("9"), direct, "stranger"],
    ["a sender listed for groups", sender("3"), group("g"), "listed"],
    ["a sender listed for direct chats only", sender("2"), group("g"), "member"],
    ["a sender of the group's own list", sender("5"), group("staff"), "listed"],
    ["a topic without a list of its own", sender("5"), group("staff", { topic: "t" }), "listed"],
    ["a topic without a list, and the account's", sender("3"), group("staff", { topic: "t" }), "member"],
    ["a topic with its own list", sender("6"), group("staff", { topic: "u" }), "listed"],
    ["the group's list where the topic has one", sender("5"), group("staff", { topic: "u" }), "member"],
    ["a name on IRC, in any case", sender("ANN", alike), irc, "listed"],
    ["a channel that is not configured", sender("2", { channel: "signal" }), nowhere, "stranger"],
  ] as const)("%s", (...row) => {
    const [, principal, path, expected] = row;
    expect(policy().parts.map(({ access }) => standingIn(access, principal, path))).toEqual([expected]);
    expect(standingOf(policy(), principal, path)).toBe(expected);
  });

  test("under two policies it is the lower one, without a policy the lowest", () => {
    const open = policyOf({ channels: { telegram: { allowFrom: ["1"] } } });
    expect(standingOf(open, sender("1"), direct)).toBe("listed");
    expect(standingOf(meet(policy(), open), sender("1"), direct)).toBe("listed");
    expect(standingOf(meet(open, policy()), sender("1"), direct)).toBe("listed");
    expect(standingOf(meet(open, policy()), sender("2"), direct)).toBe("stranger");
    expect(standingOf(emptyPolicy, operator(), control)).toBe("stranger");
  });
});

test.each([
  ["irc", "account:ann", "immutable"],
  ["irc", "ann", "mutable"],
  ["irc", "ann!account:", "mutable"],
  ["telegram", "1", "immutable"],
  ["telegram", "account:1", "immutable"],
])("on %s the provider vouches for %s: %s", (channel, id, expected) => {
  expect(identityOfId(channel, id)).toBe(expected);
});

test("operators and the control path belong to no account", () => {
  const [account] = policy().parts.flatMap(({ access }) => [...access.accounts.values()]);
  const at = (one: Path | Principal) => account && isAt(account, one);
  expect([direct, group("g"), sender("9")].map(at)).toEqual([true, true, true]);
  expect([operator(), control, work, irc, sender("9", { account: "work" }), sender("9", alike)].map(at)).toEqual(
    Array(6).fill(false),
  );
});

test.each([
  ["operator.admin", "operator.pairing", true],
  ["operator.write", "operator.read", true],
  ["operator.write", "operator.write", true],
  ["operator.read", "operator.write", false],
  ["operator.approvals", "operator.read", false],
  ["operator.write", "operator.approvals", false],
] as const)("%s satisfies %s: %j", (held, needed, expected) => {
  expect(hasScope([held], needed)).toBe(expected);
  expect(hasScope([], needed)).toBe(false);
});
