import { createSecretKey } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { openDatabase } from "../platform/database.ts";
import { createRedactor } from "../platform/redact.ts";
import { Secret } from "../platform/secret.ts";
import type { Decision, Effect } from "../policy/decision.ts";
import { cleanLabel } from "../policy/label.ts";
import { emptyPolicy } from "../policy/policy.ts";
import type { Action, Request } from "../policy/request.ts";
import { createGuard, type GuardOptions } from "./create-guard.ts";
import { type Commit, ledgerMigrations, openLedger } from "./ledger.ts";
import type { LedgerEntry } from "./ledger-row.ts";
import { listLedger } from "./read-ledger.ts";

const exec: Action = {
  kind: "tool.call",
  tool: "exec",
  agent: "main",
  surface: "turn",
  sink: { kind: "sandboxed-code" },
};
const grant = { id: "approval-1", callHash: "abc" };

function request(action: Action = exec, forged: "none" | "exact" = "none"): Request {
  return {
    principal: { kind: "operator", id: "device-1", scopes: ["operator.admin"], via: "webchat" },
    path: { kind: "control", transport: "ws" },
    action,
    context: { label: cleanLabel, audience: ["owner"], session: "agent:main:main", sandbox: "proven", grant: forged },
  };
}

const decision = (effect: Effect): Decision => ({
  effect,
  reason: `test.${effect}`,
  because: [{ id: `test.${effect}`, origin: "tools.profile" }],
  cleanReaskHelps: false,
});

function setUp(options: Partial<GuardOptions> = {}) {
  const rows: LedgerEntry[] = [];
  const append = vi.fn(async (entry: LedgerEntry) => rows.push(entry));
  const decide = vi.fn((_policy: unknown, asked: Request) =>
    decision(asked.context.grant === "exact" ? "allow" : "ask"),
  );
  const spendGrant = vi.fn(async () => true);
  const guard = createGuard({ policy: emptyPolicy, ledger: { append }, decide, spendGrant, now: () => 42, ...options });
  return { guard, rows, append, decide, spendGrant };
}

describe("what is not allowed", () => {
  test.each(["deny", "ask", "challenge"] as const)("%s is recorded and not sealed", async (effect) => {
    const { guard, rows } = setUp({ decide: () => decision(effect) });
    const verdict = await guard.check(request());
    expect(verdict).toEqual({ effect, decision: decision(effect) });
    expect(rows).toMatchObject([{ effect, reason: `test.${effect}`, at: 42 }]);
  });

  test("the empty policy denies", async () => {
    const { append, spendGrant } = setUp();
    const guard = createGuard({ policy: emptyPolicy, ledger: { append }, spendGrant, now: () => 1 });
    expect((await guard.check(request())).effect).toBe("deny");
  });

  test("an engine that throws is a deny, recorded as such", async () => {
    const { guard, rows } = setUp({
      decide: () => {
        throw new Error("broken");
      },
    });
    expect((await guard.check(request())).effect).toBe("deny");
    expect(rows).toMatchObject([{ effect: "deny", reason: "engine.rule_threw" }]);
  });

  test("an approval store that fails is a deny and seals nothing", async () => {
    const { guard } = setUp({ spendGrant: () => Promise.reject(new Error("disk")) });
    expect(await guard.check(request(), { grant })).toMatchObject({
      effect: "deny",
      decision: { reason: "guard.failed" },
    });
  });
});

describe("what is allowed", () => {
  test("is sealed after its row is durable, and carries the number of the row", async () => {
    const durable = Promise.withResolvers<number>();
    const { guard } = setUp({ decide: () => decision("allow"), ledger: { append: () => durable.promise } });
    let sealed = false;
    const check = guard.check(request(), { summary: "npm test" }).then((verdict) => {
      sealed = true;
      return verdict;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sealed).toBe(false);
    durable.resolve(7);
    const verdict = await check;
    expect(verdict).toMatchObject({ effect: "allow", authorized: { request: { action: exec }, ledgerRow: 7 } });
    if (verdict.effect === "allow") expect(Object.isFrozen(verdict.authorized)).toBe(true);
  });

  test("does not happen when its row cannot be written", async () => {
    const { guard } = setUp({
      decide: () => decision("allow"),
      ledger: { append: () => Promise.reject(new Error("disk full")) },
    });
    const verdict = await guard.check(request());
    expect(verdict).toMatchObject({ effect: "deny", decision: { reason: "ledger.unwritable" } });
    expect(verdict).not.toHaveProperty("authorized");
  });

  test.each<Action>([
    { kind: "method.call", method: "health", scope: "operator.read" },
    { ...exec, tool: "read", sink: { kind: "free", reads: "plain" } },
  ])("a plain read is decided once and not recorded: %j", async (action) => {
    const decide = vi.fn(() => decision("allow"));
    const { guard, append } = setUp({ decide });
    const verdict = await guard.check(request(action));
    expect(verdict).toMatchObject({ effect: "allow", authorized: { ledgerRow: undefined } });
    expect([decide.mock.calls.length, append.mock.calls.length]).toEqual([1, 0]);
  });

  test.each<Action>([
    { kind: "message.deliver" },
    { kind: "method.call", method: "chat.send", scope: "operator.write" },
    { kind: "message.send", agent: "main", sink: { kind: "free", reads: "effect" } },
    { kind: "node.invoke", node: "phone", command: "camera.snap" },
  ])("everything else is: %j", async (action) => {
    const { guard, append } = setUp({ decide: () => decision("allow") });
    await guard.check(request(action));
    expect(append).toHaveBeenCalledTimes(1);
  });
});

describe("grants", () => {
  test("an ask with a grant is decided again with it, and spent exactly once", async () => {
    const { guard, rows, decide, spendGrant } = setUp();
    expect((await guard.check(request(), { grant })).effect).toBe("allow");
    expect(spendGrant.mock.calls).toEqual([[grant]]);
    expect(decide.mock.calls.map(([, asked]) => asked.context.grant)).toEqual(["none", "exact"]);
    expect(rows).toMatchObject([{ effect: "allow", detail: { grant: "exact" } }]);
  });

  test("a grant that is spent already leaves the ask", async () => {
    const { guard, rows } = setUp({ spendGrant: async () => false });
    expect((await guard.check(request(), { grant })).effect).toBe("ask");
    expect(rows).toMatchObject([{ effect: "ask", detail: { grant: "none" } }]);
  });

  test("of two calls at once with one grant, one runs", async () => {
    let unspent = true;
    const spendGrant = async () => {
      const won = unspent;
      unspent = false;
      return won;
    };
    const { guard } = setUp({ spendGrant });
    const verdicts = await Promise.all([guard.check(request(), { grant }), guard.check(request(), { grant })]);
    expect(verdicts.map((verdict) => verdict.effect).sort()).toEqual(["allow", "ask"]);
  });

  test.each(["deny", "allow", "challenge"] as const)("a decision of %s does not spend it", async (effect) => {
    const { guard, spendGrant } = setUp({ decide: () => decision(effect) });
    await guard.check(request(), { grant });
    expect(spendGrant).not.toHaveBeenCalled();
  });

  test("a caller that claims a grant in the request gains nothing", async () => {
    const { guard, spendGrant } = setUp();
    expect((await guard.check(request(exec, "exact"))).effect).toBe("ask");
    expect(spendGrant).not.toHaveBeenCalled();
  });
});

test("foreseeing decides as without a grant, records nothing and spends nothing", () => {
  const { guard, append, spendGrant } = setUp();
  expect(guard.foresee(request(exec, "exact"))).toEqual(decision("ask"));
  expect([append.mock.calls.length, spendGrant.mock.calls.length]).toEqual([0, 0]);
});

describe("a new policy", () => {
  test("counts for checks that still wait for their row, and raises the epoch", async () => {
    const durable = Promise.withResolvers<number>();
    const strict = { parts: [] };
    const { guard } = setUp({
      decide: (policy) => decision(policy === strict ? "deny" : "allow"),
      ledger: { append: vi.fn().mockReturnValueOnce(durable.promise).mockResolvedValue(2) },
    });
    expect(guard.epoch).toBe(1);
    const check = guard.check(request());
    guard.replace(strict);
    durable.resolve(1);
    expect((await check).effect).toBe("deny");
    expect(guard.epoch).toBe(2);
  });
});

describe("a step that is committed with the row", () => {
  const strict = { parts: [] };
  const other = { parts: [] };
  const allows = (policy: unknown) => decision(policy === strict ? "deny" : "allow");
  const note: Commit = (transaction) => void transaction.run("INSERT INTO steps (what) VALUES ('asked')");

  async function withLedger(decide: GuardOptions["decide"] = allows) {
    const database = openDatabase(":memory:", {
      ledger: ledgerMigrations,
      steps: ["CREATE TABLE steps (what TEXT NOT NULL) STRICT"],
    });
    const key = new Secret(createSecretKey(Buffer.alloc(32, 1)));
    const ledger = await openLedger({ database, key, redact: createRedactor({ mode: "tools" }) });
    const { guard } = setUp({ ledger, decide });
    const stored = () => ({
      steps: database.all("SELECT what FROM steps").length,
      rows: listLedger(database, { limit: 10 }).map(({ effect }) => effect),
    });
    return { guard, database, stored };
  }

  test.each(["deny", "ask", "challenge"] as const)("%s: there is a row and no step", async (effect) => {
    const { guard, stored } = await withLedger(() => decision(effect));
    expect((await guard.check(request(), { commit: note })).effect).toBe(effect);
    expect(stored()).toEqual({ steps: 0, rows: [effect] });
  });

  test("allow: both are there, also for what is otherwise a plain read", async () => {
    const { guard, stored } = await withLedger();
    const plain: Action = { ...exec, tool: "read", sink: { kind: "free", reads: "plain" } };
    expect((await guard.check(request(), { commit: note })).effect).toBe("allow");
    expect((await guard.check(request(plain), { commit: note })).effect).toBe("allow");
    expect(stored()).toEqual({ steps: 2, rows: ["allow", "allow"] });
  });

  test("a step that cannot be written takes the row and the permission with it", async () => {
    const { guard, stored } = await withLedger();
    const broken: Commit = (transaction) => {
      note(transaction);
      throw new Error("no room");
    };
    expect(await guard.check(request(), { commit: broken })).toMatchObject({
      effect: "deny",
      decision: { reason: "ledger.unwritable" },
    });
    expect(stored()).toEqual({ steps: 0, rows: [] });
  });

  test("a row that cannot be written takes the step with it", async () => {
    const { guard, database, stored } = await withLedger();
    await database.write((transaction) => transaction.run("DROP TABLE ledger_head"));
    expect((await guard.check(request(), { commit: note })).effect).toBe("deny");
    expect(stored()).toEqual({ steps: 0, rows: [] });
  });

  test("a policy that was replaced before the commit lets no step in; one that still allows lets it in once", async () => {
    const narrowed = await withLedger();
    const check = narrowed.guard.check(request(), { commit: note });
    narrowed.guard.replace(strict);
    expect((await check).effect).toBe("deny");
    expect(narrowed.stored().steps).toBe(0);

    const changed = await withLedger();
    const again = changed.guard.check(request(), { commit: note });
    changed.guard.replace(other);
    expect((await again).effect).toBe("allow");
    expect(changed.stored().steps).toBe(1);
  });
});

test("a check costs one decision and one row, and a hundred at once share commits", async () => {
  const database = openDatabase(":memory:", { ledger: ledgerMigrations });
  const ledger = await openLedger({
    database,
    key: new Secret(createSecretKey(Buffer.alloc(32, 1))),
    redact: createRedactor({ mode: "tools" }),
  });
  const decide = vi.fn(() => decision("allow"));
  const { guard } = setUp({ decide, ledger });
  const verdicts = await Promise.all(
    Array.from({ length: 100 }, () => guard.check(request(), { summary: "npm test" })),
  );
  expect(verdicts.every((verdict) => verdict.effect === "allow")).toBe(true);
  expect(decide).toHaveBeenCalledTimes(100);
  expect(listLedger(database, { limit: 1 })).toMatchObject([
    {
      seq: 100,
      principal: "operator:device-1",
      path: "control/ws",
      action: "tool.call exec",
      effect: "allow",
      session: "agent:main:main",
      summary: "npm test",
    },
  ]);
  await database.close();
});

describe("messages that are refused", () => {
  const from = (id: string): Request => ({
    ...request({ kind: "message.deliver" }),
    principal: { kind: "sender", channel: "irc", account: "default", id, identity: "immutable" },
    path: { kind: "direct", channel: "irc", account: "default" },
  });

  test.each(["deny", "challenge"] as const)(
    "%s: a thousand of one stranger are one row and one count",
    async (effect) => {
      const { guard, rows } = setUp({ decide: () => decision(effect) });
      for (let count = 0; count < 1_000; count += 1) expect((await guard.check(from("eve"))).effect).toBe(effect);
      await guard.check(from("mallory"));
      expect(rows.map(({ principal }) => principal)).toEqual(["sender:irc/default/eve", "sender:irc/default/mallory"]);
      await guard.settle();
      expect(rows).toHaveLength(3);
      expect(rows[2]?.summary).toMatch(/^refused 999 more times since /);
    },
  );

  test("those that are allowed have a row each, and so has every refused call of a tool", async () => {
    const open = setUp({ decide: () => decision("allow") });
    for (let count = 0; count < 3; count += 1) await open.guard.check(from("eve"));
    expect(open.rows).toHaveLength(3);
    const closed = setUp({ decide: () => decision("deny") });
    for (let count = 0; count < 3; count += 1) await closed.guard.check(request());
    expect(closed.rows).toHaveLength(3);
  });

  test("a first one that could not be written is written when it comes again", async () => {
    const rows: LedgerEntry[] = [];
    const append = vi.fn(async (entry: LedgerEntry) => {
      if (append.mock.calls.length === 1) throw new Error("disk full");
      return rows.push(entry);
    });
    const { guard } = setUp({ decide: () => decision("deny"), ledger: { append } });
    expect((await guard.check(from("eve"))).decision.reason).toBe("ledger.unwritable");
    await guard.check(from("eve"));
    expect(rows).toHaveLength(1);
  });

  test("in observe mode the row holds what would have spoken", async () => {
    const observed = [{ id: "flow.send_secret", origin: "engine" }];
    const { guard, rows } = setUp({ decide: () => ({ ...decision("allow"), observed }) });
    await guard.check(request());
    expect(rows[0]?.detail).toMatchObject({ observed });
  });
});
