import { describe, expect, test } from "vitest";
import { auditOf } from "./audited.ts";

describe("people of IRC who are listed by what matches nobody", () => {
  const irc = (settings: string) => `{
  gateway: { auth: { token: "0123456789abcdef0123456789abcdef" } },
  channels: { irc: {
    host: "irc.example.org",
    ${settings} } },
}`;
  const checkId = "channels.irc.allowFrom.invalid_entries";
  const found = (config: string) => auditOf({ config }).findings.filter((finding) => finding.checkId === checkId);

  test.each([
    ["channels.irc.groupAllowFrom", 'groupAllowFrom: ["bob"]', "bob"],
    ["channels.irc.allowFrom", 'allowFrom: ["irc:Bob"]', "irc:Bob"],
    ["channels.irc.allowFrom", 'allowFrom: ["*!*@example.org"]', "*!*@example.org"],
    ["channels.irc.groups.#den.allowFrom", 'groups: { "#den": { allowFrom: ["bob"] } }', "bob"],
    ["channels.irc.accounts.home.groupAllowFrom", 'accounts: { home: { groupAllowFrom: ["bob"] } }', "bob"],
  ])("%s in %s: the entry, its line and the form that would match", (origin, settings, entry) => {
    expect(found(irc(settings))).toEqual([
      expect.objectContaining({
        severity: "warn",
        detail: expect.stringContaining(`- ${origin}: ${entry}`),
        remediation: expect.stringContaining("account:NAME, or nick!user@host"),
        because: [expect.objectContaining({ origin, line: 5 })],
      }),
    ]);
  });

  test.each([
    'allowFrom: ["account:bob"]',
    'groupAllowFrom: ["irc:bob!~bob@host.example.org"]',
    'allowFrom: ["*"], dmPolicy: "open"',
  ])("%s is what a sender can be", (settings) => {
    expect(found(irc(settings))).toEqual([]);
  });

  test("an owner by nick is told, an owner by account is not", () => {
    const config = (id: string) => `{
  gateway: { auth: { token: "0123456789abcdef0123456789abcdef" } },
  channels: { irc: { host: "irc.example.org" } },
  security: { owners: [{ channel: "irc", id: "account:eve" }, { channel: "irc", id: "${id}" }] },
}`;
    expect(found(config("ann"))).toEqual([
      expect.objectContaining({
        detail: expect.stringContaining("- security.owners[1].id: ann"),
        because: [expect.objectContaining({ line: 4 })],
      }),
    ]);
    expect(found(config("account:ann"))).toEqual([]);
  });
});
