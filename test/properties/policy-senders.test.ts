import { describe, expect, test } from "vitest";
import { comparableId, listedId, readAccess } from "../../src/policy/access.ts";
import { noGrants } from "../../src/policy/grants.ts";
import { configOf } from "../policy/requests.ts";

describe("ids", () => {
  test.each([
    ["telegram", "1", "1"],
    ["telegram", " 1 ", "1"],
    ["telegram", "telegram:1", "1"],
    ["telegram", "TG:1", "1"],
    ["telegram", "id:1", "1"],
    ["telegram", "irc:1", "irc:1"],
    ["telegram", "@Name", "@Name"],
    ["signal", "e164:+49", "+49"],
    ["signal", "tg:1", "tg:1"],
    ["slack", "Slack:U1", "U1"],
    ["irc", "IRC:Bob", "bob"],
    ["irc", "tg:Bob", "tg:bob"],
  ])("on %s, %j in a list means %j", (channel, entry, expected) => {
    expect(listedId(channel, entry)).toBe(expected);
  });

  test("IRC alone folds case", () => {
    expect(comparableId("irc", "Bob")).toBe("bob");
    expect(comparableId("slack", "U1")).toBe("U1");
  });

  test("an entry that names nobody is nobody, and `*` is no id", () => {
    const allowFrom = ["", "tg:", " ", "*", "1"];
    const config = configOf({ channels: { telegram: { dmPolicy: "open", allowFrom } } });
    const account = readAccess(config, noGrants).accounts.get("place:telegram/default");
    expect(account?.allowFrom).toEqual({ anyone: true, ids: new Set(["1"]) });
    expect(account?.groupSenders).toEqual(account?.allowFrom);
  });
});

test("nobody is paired without a store that says so", () => {
  expect(noGrants).toEqual({ paired: [] });
});
