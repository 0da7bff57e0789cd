/** What people reach, what waits for consent, who is named in vain. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { audit } from "../../src/audit/audit.ts";
import type { Finding } from "../../src/audit/finding.ts";
import { accessOnDisk, gatherFacts } from "../../src/audit/gather.ts";
import { answerQuestion, answerWhoCan } from "../../src/audit/question.ts";
import { exposureOf } from "../../src/config/exposure.ts";
import { acceptedPolicyMigrations, createAcceptedPolicyStore } from "../../src/guard/accepted-policy.ts";
import { settingsHash } from "../../src/guard/policy-in-force.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { openDatabase } from "../../src/platform/database.ts";
import { policyOf } from "../policy/requests.ts";
import { above, auditOf, auditOnDisk, idsOf, loadedFrom, proven } from "./audited.ts";

const token = { gateway: { auth: { token: "0123456789abcdef0123456789abcdef" } } };
const open = { dmPolicy: "open", allowFrom: ["*"] };
const narrow = { elevated: { enabled: false } };

function findingOf(config: object, checkId: string): Finding | undefined {
  return auditOf({ config: { ...token, ...config } }).findings.find((finding) => finding.checkId === checkId);
}

describe("reach", () => {
  test("an open channel with file tools: witness, sentence, steps, line, letters and fix", () => {
    const config = `{
  gateway: { auth: { token: "0123456789abcdef0123456789abcdef" } },
  tools: { profile: "coding", elevated: { enabled: false } },
  channels: { whatsapp: {
    dmPolicy: "open", allowFrom: ["*"] } },
}`;
    const found = auditOf({ config }).findings.find(({ checkId }) => checkId === "reach.stranger_write");
    expect(found).toMatchObject({
      severity: "critical",
      title: "Anyone who writes a direct message can change files",
      witness: {
        principal: { kind: "sender", channel: "whatsapp", id: "fresh-id" },
        path: { kind: "direct", channel: "whatsapp" },
        action: { kind: "tool.call", tool: "write", agent: "main" },
      },
      because: [
        { id: "dm.open", origin: "channels.whatsapp.dmPolicy", file: "/state/fased.json", line: 5 },
        { id: "tool.profile", origin: "tools.profile", file: "/state/fased.json", line: 3 },
      ],
    });
    expect(found?.detail).toContain("Any other whatsapp sender in a direct chat may use write of agent main");
    expect(found?.detail).toContain("Rule of Two: agent main A (takes untrusted input)");
    expect(found?.remediation).toContain('dmPolicy "pairing"');
    expect(found?.path).toHaveLength(3);
    expect(found?.path?.[0]).toContain("dm.open");
  });

  test.each([
    ["an open group, without a mention", { groupPolicy: "open", groups: { "*": { requireMention: false } } }, "member"],
    ["an open group, mentioned", { groupPolicy: "open" }, "member"],
    ["a listed person", { allowFrom: ["1"] }, "listed"],
  ])("%s", (_, whatsapp, who) => {
    const found = findingOf({ tools: { profile: "coding", ...narrow }, channels: { whatsapp } }, `reach.${who}_read`);
    expect(found?.severity).toBe(who === "member" ? "critical" : "info");
  });

  test("commands that ask are a warning for anyone, and critical once nobody is asked", () => {
    const exec = { security: "full", ask: "off" };
    const asking = { tools: { profile: "coding", ...narrow }, channels: { whatsapp: open } };
    expect(findingOf(asking, "reach.stranger_run")?.severity).toBe("warn");
    const free = { ...asking, tools: { ...asking.tools, exec }, security: { informationFlow: { mode: "observe" } } };
    expect(findingOf(free, "reach.stranger_run")?.severity).toBe("critical");
  });

  test("a pairing door has no stranger behind it", () => {
    const config = { ...token, tools: { profile: "full", ...narrow }, channels: { whatsapp: { dmPolicy: "pairing" } } };
    expect(idsOf(auditOf({ config })).filter((id) => id.startsWith("reach.stranger"))).toEqual([]);
  });

  test("observing instead of enforcing breaks the Rule of Two, and is named", () => {
    const mode = (flow: string) => ({
      ...token,
      security: { informationFlow: { mode: flow } },
      tools: { ...narrow, exec: { security: "full", ask: "off" } },
    });
    const observed = idsOf(auditOf({ config: mode("observe") }));
    expect(observed).toEqual(expect.arrayContaining(["security.rule_of_two: warn", "security.flow_observed: warn"]));
    expect(idsOf(auditOf({ config: mode("enforce") }))).toContain("security.rule_of_two: info");
  });
});

describe("direct messages", () => {
  test("an open door is critical, and several people in one conversation are told", () => {
    const config = { ...token, tools: { profile: "minimal", ...narrow }, channels: { whatsapp: open } };
    expect(above(auditOf({ config }))).toEqual([
      "security.trust_model.multi_user_heuristic: warn",
      "channels.whatsapp.dm.open: critical",
      "channels.whatsapp.dm.scope_main_multiuser: warn",
    ]);
  });

  test("one paired person in the main conversation is nobody else's business; two are", () => {
    const config = { ...token, tools: narrow, channels: { whatsapp: {} } };
    const paired = (...ids: string[]) => ids.map((id) => ({ channel: "whatsapp", account: "default", id }));
    const id = "channels.whatsapp.dm.scope_main_multiuser: warn";
    expect(idsOf(auditOf({ config, grants: { paired: paired("1") } }))).not.toContain(id);
    expect(idsOf(auditOf({ config, grants: { paired: paired("1", "2") } }))).toContain(id);
    const apart = { ...config, session: { dmScope: "per-channel-peer" } };
    expect(idsOf(auditOf({ config: apart, grants: { paired: paired("1", "2") } }))).not.toContain(id);
  });

  test("IRC people without a services account are named", () => {
    const config = { ...token, tools: narrow, channels: { irc: { host: "irc.example.org" } } };
    const paired = (id: string) => ({ paired: [{ channel: "irc", account: "default", id }] });
    const id = "channels.irc.mutable_identity: info";
    expect(idsOf(auditOf({ config, grants: paired("bob!b@host") }))).toContain(id);
    expect(idsOf(auditOf({ config, grants: paired("account:bob") }))).not.toContain(id);
  });

  test("people who are named and shut out are told", () => {
    const config = { ...token, tools: narrow, channels: { whatsapp: { dmPolicy: "disabled", allowFrom: ["7"] } } };
    const found = auditOf({ config }).findings.find(({ checkId }) => checkId === "grants.inert");
    expect(found?.detail).toContain("whatsapp 7");
    const admitted = { ...config, channels: { whatsapp: { dmPolicy: "allowlist", allowFrom: ["7"] } } };
    expect(idsOf(auditOf({ config: admitted }))).not.toContain("grants.inert: info");
  });
});

describe("stores", () => {
  async function onDisk<T>(
    accepted: object,
    next: object,
    use: (state: string, loaded: ReturnType<typeof loadedFrom>) => Promise<T>,
  ) {
    const state = mkdtempSync(join(tmpdir(), "fased-audit-access-"));
    const database = openDatabase(join(state, "state.db"), { acceptedPolicy: acceptedPolicyMigrations });
    try {
      const settings = loadedFrom({ config: accepted }).config;
      await createAcceptedPolicyStore(database).save(
        { hash: settingsHash(settings), settings, exposure: exposureOf(settings) },
        "owner",
        1,
      );
      return await use(state, loadedFrom({ config: next, state }));
    } finally {
      await database.close();
      rmSync(state, { recursive: true, force: true });
    }
  }
  const closed = { ...token, tools: { profile: "coding", ...narrow }, channels: { whatsapp: {} } };
  const opened = { ...closed, channels: { whatsapp: open } };

  test("a wider config waits: the audit judges what is in force, and warns of what waits", async () => {
    await onDisk(closed, opened, async (_, loaded) => {
      const facts = await gatherFacts({ loaded, environment: {}, clock: systemClock, sandbox: proven });
      const report = audit(facts, 0);
      const ids = idsOf(report);
      expect(ids).toContain("policy.waits_for_consent: warn");
      expect(ids.filter((id) => id.startsWith("reach.stranger"))).toEqual([]);
      const waits = report.findings.find(({ checkId }) => checkId === "policy.waits_for_consent");
      expect(waits?.detail).toContain("critical: Anyone who writes a direct message can change files");
      expect(waits?.remediation).toContain(settingsHash(loaded.config));
    });
  });

  test("a narrower config is in force at once", async () => {
    await onDisk(opened, closed, async (_, loaded) => {
      const { waiting, policy } = await accessOnDisk(loaded, systemClock);
      expect(waiting).toBeUndefined();
      const answer = answerQuestion(policy, { from: "stranger@whatsapp" }, loaded);
      expect(answer.door.decision.effect).toBe("challenge");
    });
  });

  test("a pairing store that cannot be read is told, and counts as nobody", async () => {
    const report = await auditOnDisk({
      files: [
        { path: "fased.json", content: JSON.stringify({ ...token, channels: { telegram: { botToken: "1:x" } } }) },
        { path: "credentials/telegram-allowFrom.json", content: "not json" },
      ],
    });
    expect(idsOf(report)).toContain("grants.unreadable: warn");
    expect(idsOf(report).filter((id) => id.startsWith("reach.paired"))).toEqual([]);
  });
});

test("the audit runs on what parsed of a broken config", () => {
  const config = { ...token, tools: { ...narrow, profil: "coding" }, channels: { whatsapp: open } };
  const ids = idsOf(auditOf({ config }));
  expect(ids).toEqual(expect.arrayContaining(["config.invalid: critical", "channels.whatsapp.dm.open: critical"]));
  expect(idsOf(auditOf({ config: "{ broken" }))).toContain("config.invalid: critical");
  expect(idsOf(auditOf({ config: { ...token, logging: { level: "loud" } } }))).toContain("config.invalid: warn");
});

describe("questions", () => {
  const policy = policyOf({
    tools: { profile: "messaging", ownerProfile: "owner" },
    channels: { telegram: { allowFrom: ["42"], groups: { "-100": {} } }, irc: { accounts: { libera: { host: "h" } } } },
  });
  const noLines = { originOf: () => undefined };
  const effectOf = (question: Parameters<typeof answerQuestion>[1]) =>
    answerQuestion(policy, question, noLines).ways[0]?.explanation.decision.effect;

  test.each([
    [{ from: "stranger@telegram" }, "challenge"],
    [{ from: "telegram:42" }, "allow"],
    [{ from: "tg:42", tool: "exec" }, "deny"],
    [{ from: "telegram:42", group: "-100", mention: "mentioned" as const }, "allow"],
    [{ from: "telegram:42", group: "-100" }, "deny"],
    [{ from: "telegram:43", group: "-100", mention: "mentioned" as const }, "deny"],
    [{ from: "member@telegram" }, "deny"],
    [{ from: "stranger@irc/libera" }, "challenge"],
    [{ from: "owner", tool: "read" }, "allow"],
    [{ from: "owner", tool: "cron" }, "ask"],
    [{ from: "http", tool: "gateway" }, "deny"],
    [{ from: "owner", tool: "message" }, "ask"],
  ])("%o", (question, effect) => {
    expect(effectOf(question)).toBe(effect);
  });

  test("a page in the window takes freedom away", () => {
    const allowed = (window: "own" | "tainted") =>
      answerQuestion(policy, { from: "owner", tool: "web_fetch", window }, noLines)
        .ways.filter(({ explanation }) => explanation.decision.effect === "allow")
        .map(({ what }) => what);
    const named = "GET of a URL that somebody named";
    expect(allowed("own")).toEqual([named, "GET of a URL that nobody named", "POST of a URL that nobody named"]);
    expect(allowed("tainted")).toEqual([named]);
  });

  test.each([
    [{ from: "somebody" }, "names nobody"],
    [{ from: "stranger@signal" }, "not configured"],
    [{ from: "telegram/work:1" }, "not configured"],
    [{ from: "owner", group: "-100" }, "in no group"],
    [{ from: "telegram:42", agent: "other" }, "does not answer there"],
  ])("refuses %o", (question, message) => {
    expect(() => answerQuestion(policy, question, noLines)).toThrow(message);
  });

  test("who can use a tool: everybody who gets through, nobody else", () => {
    const readers = answerWhoCan(policy, "read", noLines).map(({ who }) => who);
    expect(readers).toEqual(["owner", "http"]);
    expect(answerWhoCan(policy, "session_status", noLines).map(({ who }) => who)).toContain("telegram:42");
    expect(() => answerWhoCan(policy, "no such tool", noLines)).toThrow("no tool is called");
  });
});

describe("the files that a plugin names to be loaded", () => {
  const plugin = (...extensions: readonly string[]) => [
    { path: "fased.json", content: '{ plugins: { allow: ["one"] } }' },
    { path: "extensions/one/package.json", content: JSON.stringify({ fased: { extensions } }) },
  ];
  const found = async (files: ReturnType<typeof plugin>) =>
    idsOf(await auditOnDisk({ files })).filter((id) => id.startsWith("plugins."));

  test.each(["../outside.js", "/etc/x.js", "dist/../../x.js", "..\\x.js", "C:\\x.js"])(
    "%s is not its own",
    async (entry) => {
      expect(await found(plugin("index.js", entry))).toEqual(["plugins.code_safety.entry_escape: critical"]);
    },
  );

  test.each([".cache/x.js", "node_modules/y/index.js"])("%s is where nobody looks", async (entry) => {
    expect(await found(plugin(entry))).toEqual(["plugins.code_safety.entry_path: warn"]);
  });

  test("its own files are fine, and so is a folder without a manifest", async () => {
    expect(await found(plugin("index.js", "./dist/a.js", "dist/../b.js"))).toEqual([]);
  });

  test("a manifest that cannot be read is told", async () => {
    const files = [{ path: "extensions/one/package.json", content: '{ "fased": { "extensions": "x" } }' }];
    expect(await found([...plugin(), ...files])).toEqual(["plugins.code_safety.scan_failed: warn"]);
  });
});
