import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Authorized } from "../../../src/guard/authorized.ts";
import { createGuard } from "../../../src/guard/create-guard.ts";
import type { Decision } from "../../../src/policy/decision.ts";
import { emptyPolicy } from "../../../src/policy/policy.ts";
import type { Principal, Request } from "../../../src/policy/request.ts";
import { approvalWaitMs, createApprovals, grantLifeMs } from "../../../src/tools/approvals.ts";
import type { DispatchOutcome } from "../../../src/tools/dispatch-contract.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";
import { createToolBench, operator, ownerWords, type ToolBench, tainted } from "../../fakes/tool-bench.ts";

let clock: FakeClock;
let bench: ToolBench;

beforeEach(() => {
  clock = createFakeClock();
  bench = createToolBench({ clock, sandboxPrograms: ["/nonexistent/bwrap"] });
});
afterEach(() => bench.close());

/** A call that needs the owner: a control file. */
const ask = (options = {}) => bench.call("write", { path: "AGENTS.md", content: "be kind\n" }, options);
const made = () => existsSync(join(bench.workspace, "AGENTS.md"));

function idOf(outcome: DispatchOutcome): string {
  if (outcome.kind !== "parked") throw new Error(`not parked: ${JSON.stringify(outcome)}`);
  return outcome.approvalId;
}

/** An event that a guard with an open policy admitted. */
async function admitted(principal: Principal, request: Partial<Request> = {}): Promise<Authorized> {
  const open: Decision = { effect: "allow", reason: "test.open", because: [], cleanReaskHelps: false };
  const guard = createGuard({
    policy: emptyPolicy,
    ledger: { append: async () => 1 },
    spendGrant: async () => false,
    now: () => 0,
    decide: () => open,
  });
  const verdict = await guard.check<Request>({
    principal,
    path: { kind: "direct", channel: "telegram", account: "default" },
    action: { kind: "message.deliver" },
    context: { label: ownerWords, audience: ["owner"], sandbox: "off", grant: "none" },
    ...request,
  });
  if (verdict.effect !== "allow") throw new Error("the open guard did not admit");
  return verdict.authorized;
}

const sender = (id: string, identity: "immutable" | "mutable" = "immutable"): Principal => ({
  kind: "sender",
  channel: "telegram",
  account: "default",
  id,
  identity,
});

describe("a call that needs the owner", () => {
  test("waits with a card that shows the diff, then applies it once", async () => {
    const parked = await ask();
    expect(parked).toMatchObject({ kind: "parked", words: expect.stringMatching(/^[a-z]+-[a-z]+/) });
    expect(bench.approvals.get(idOf(parked))).toMatchObject({
      state: "waiting",
      kind: "call",
      why: "Changes to the Gateway are proposals. Rule flow.control_proposal (security.informationFlow.mode).",
      card: {
        exactly: [{ label: "File", text: "AGENTS.md" }],
        diffs: [{ path: "AGENTS.md", diff: "@@ -1 +1 @@\n+be kind" }],
      },
    });
    expect(made()).toBe(false);
    expect(await bench.approve(parked)).toMatchObject({ kind: "result", result: { failed: false } });
    expect(made()).toBe(true);
    expect(await bench.runner.resume(idOf(parked), bench.turn())).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.spent" },
    });
  });

  test("is still there after a restart, with its grant", async () => {
    const id = idOf(await ask());
    await bench.approvals.answer({ id, answer: "approve" }, await bench.admitted());
    const again = createApprovals({ database: bench.database, clock, isOwner: () => false });
    expect(again.get(id)).toMatchObject({ state: "granted", decidedBy: operator });
    expect(await again.spendGrant({ id, callHash: again.get(id)?.callHash ?? "" })).toBe(true);
    expect(await again.spendGrant({ id, callHash: again.get(id)?.callHash ?? "" })).toBe(false);
  });

  test("is decided together with what is written about it, or not at all", async () => {
    const id = idOf(await ask());
    const fail = () => {
      throw new Error("no room for the outcome");
    };
    const given = { id, answer: "approve", settled: fail } as const;
    await expect(bench.approvals.answer(given, await bench.admitted())).rejects.toThrow("no room");
    expect(bench.approvals.get(id)?.state).toBe("waiting");
  });

  test("is found by its state, however many came since", async () => {
    const parked = await ask();
    await bench.approve(parked);
    const columns = "state, kind, words, call_hash, session, asker, asked, body, announced, expires_at";
    await bench.database.write((transaction) => {
      for (let later = 1; later <= 201; later += 1) {
        transaction.run(
          `INSERT INTO approvals (id, requested_at, ${columns})
           SELECT ?, requested_at + ?, 'denied', ${columns.replace("state, ", "")} FROM approvals WHERE id = ?`,
          ...[`later-${later}`, later, idOf(parked)],
        );
      }
    });
    expect(bench.approvals.list({ state: "spent" }).map(({ id }) => id)).toEqual([idOf(parked)]);
  });

  test("is denied when nobody answers in a day", async () => {
    const id = idOf(await ask());
    clock.advance(approvalWaitMs);
    expect(await bench.approvals.answer({ id, answer: "approve" }, await bench.admitted())).toEqual({
      outcome: "refused",
      code: "approval.settled",
    });
    expect(await bench.runner.resume(id, bench.turn())).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.expired" },
    });
    expect((await bench.approvals.expire()).map((approval) => approval.state)).toEqual(["expired"]);
    expect(made()).toBe(false);
  });

  test("is denied when the grant is not used in ten minutes", async () => {
    const id = idOf(await ask());
    await bench.approvals.answer({ id, answer: "approve" }, await bench.admitted());
    clock.advance(grantLifeMs);
    expect(await bench.runner.resume(id, bench.turn())).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.expired" },
    });
    expect(made()).toBe(false);
  });

  test("is denied when the owner says no, and cannot be decided twice", async () => {
    const id = idOf(await ask());
    expect(await bench.approvals.answer({ id, answer: "deny" }, await bench.admitted())).toMatchObject({
      outcome: "denied",
    });
    expect(await bench.approvals.answer({ id, answer: "approve" }, await bench.admitted())).toMatchObject({
      code: "approval.settled",
    });
    expect(await bench.runner.resume(id, bench.turn())).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.denied" },
    });
  });

  test("can be withdrawn by who asked, not by somebody else", async () => {
    const id = idOf(await ask());
    expect(await bench.approvals.withdraw(id, await admitted(sender("stranger")))).toBe(false);
    expect(await bench.approvals.withdraw(id, await bench.admitted())).toBe(true);
    expect(await bench.runner.resume(id, bench.turn())).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.withdrawn" },
    });
  });
});

/** Somebody edits the row in the database. */
async function alterStored(from: string, to: string): Promise<void> {
  await bench.database.write((transaction) =>
    transaction.run("UPDATE approvals SET body = replace(body, ?, ?)", from, to),
  );
}

describe("what was approved is what runs", () => {
  test("results that came in beside it do not void it", async () => {
    const id = idOf(await ask());
    await bench.approvals.answer({ id, answer: "approve" }, await bench.admitted());
    expect(await bench.runner.resume(id, bench.turn({ label: tainted }))).toMatchObject({ kind: "result" });
  });

  test.each<[string, () => void | Promise<void>, object]>([
    ["the session", () => undefined, { session: "agent:main:other" }],
    ["the principal", () => undefined, { principal: { ...operator, id: "device-2" } }],
    ["the stored label", () => alterStored('"integrity":"owner"', '"integrity":"known"'), {}],
    ["the stored arguments", () => alterStored("be kind", "be evil"), {}],
    ["the file", () => writeFileSync(join(bench.workspace, "AGENTS.md"), "changed meanwhile"), {}],
    ["the policy", () => bench.guard.replace((bench.guard as unknown as { policy: never }).policy), {}],
  ])("a change of %s after the approval refuses it", async (_what, change, options) => {
    const id = idOf(await ask());
    const decision = await bench.admitted();
    await bench.approvals.answer({ id, answer: "approve" }, decision);
    await change();
    expect(await bench.runner.resume(id, bench.turn(options))).toMatchObject({
      kind: "denied",
      decision: { reason: "approval.call_changed" },
    });
    expect(bench.approvals.get(id)?.state).toBe("granted");
  });

  test("a grant of one call does not serve another", async () => {
    const [first, second] = [idOf(await ask()), idOf(await bench.call("write", { path: "SOUL.md", content: "x" }))];
    await bench.approvals.answer({ id: first, answer: "approve" }, await bench.admitted());
    const hash = bench.approvals.get(second)?.callHash ?? "";
    expect(await bench.approvals.spendGrant({ id: first, callHash: hash })).toBe(false);
    expect(await bench.runner.resume(second, bench.turn())).toMatchObject({ kind: "parked" });
  });
});

test("what a client was allowed to run itself opens nothing here, even for the very same call", async () => {
  const parked = bench.approvals.get(idOf(await ask()));
  if (!parked) throw new Error("no approval");
  const asClients = await bench.approvals.request({ ...parked, kind: "client", id: "client-1", asked: false });
  const mine = "approval" in asClients ? asClients.approval : parked;
  await bench.approvals.answer({ id: mine.id, answer: "approve" }, await bench.admitted());
  expect(await bench.approvals.spendGrant({ id: mine.id, callHash: mine.callHash })).toBe(false);
  expect(await bench.runner.resume(mine.id, bench.turn())).toMatchObject({
    kind: "denied",
    decision: { reason: "approval.not_ours" },
  });
  expect(made()).toBe(false);
  clock.advance(grantLifeMs);
  expect(bench.approvals.get(mine.id)?.state).toBe("expired");
  await bench.approvals.answer({ id: parked.id, answer: "approve" }, await bench.admitted());
  expect(await bench.runner.resume(parked.id, bench.turn())).toMatchObject({ kind: "result" });
  expect(made()).toBe(true);
});

describe("who may decide", () => {
  const decide = async (event: Authorized) =>
    bench.approvals.answer({ id: idOf(await ask()), answer: "approve" }, event);

  test("the owner in their own chat, and an operator with the approvals scope", async () => {
    expect(await decide(await admitted(sender("owner")))).toMatchObject({ outcome: "granted" });
    expect(await decide(await bench.admitted())).toMatchObject({ outcome: "granted" });
  });

  test.each<[string, Promise<Authorized>]>([
    ["a stranger", admitted(sender("stranger"))],
    [
      "the owner in a group",
      admitted(sender("owner"), {
        path: { kind: "group", channel: "telegram", account: "default", group: "g", mention: "mentioned" },
      }),
    ],
    ["an owner's id that the platform does not vouch for", admitted(sender("owner", "mutable"))],
    [
      "an operator without the scope",
      admitted({ ...operator, scopes: ["operator.read", "operator.write"] } as Principal),
    ],
    [
      "an operator's other method",
      admitted(operator, { action: { kind: "method.call", method: "chat.send", scope: "operator.write" } }),
    ],
    [
      "the agent's own tool call",
      admitted(operator, {
        action: { kind: "tool.call", tool: "exec", agent: "main", surface: "turn", sink: { kind: "sandboxed-code" } },
      }),
    ],
    [
      "the owner's outgoing message",
      admitted(sender("owner"), {
        action: { kind: "message.send", agent: "main", sink: { kind: "free", reads: "plain" } },
      }),
    ],
  ])("not %s", async (_who, event) => {
    expect(await decide(await event)).toEqual({ outcome: "refused", code: "approval.not_approver" });
    expect(bench.approvals.list({ state: "granted" })).toEqual([]);
  });

  test("nobody decides what does not exist", async () => {
    expect(
      await bench.approvals.answer({ id: "0".repeat(16), answer: "approve" }, await bench.admitted()),
    ).toMatchObject({
      code: "approval.unknown",
    });
  });
});

describe("cards are few and told apart", () => {
  test("words name exactly one waiting card", async () => {
    const first = await ask();
    await bench.call("write", { path: "SOUL.md", content: "x" });
    const words = first.kind === "parked" ? first.words : "";
    expect(bench.approvals.named(`ok, approve ${words.replaceAll("-", " ")}!`)?.id).toBe(idOf(first));
    expect(bench.approvals.named("approve")).toBeUndefined();
    expect(
      bench.approvals.named(
        bench.approvals
          .list()
          .map((approval) => approval.words)
          .join(" "),
      ),
    ).toBeUndefined();
  });

  test("the seventh card in an hour that nobody asked for is listed and not sent", async () => {
    for (let index = 0; index < 7; index += 1) await ask();
    expect(bench.approvals.list().filter((approval) => !approval.announced)).toHaveLength(1);
    expect(await ask({ said: [{ text: "change AGENTS.md", at: clock.now() }] })).toMatchObject({ kind: "parked" });
    expect(bench.approvals.list().filter((approval) => !approval.announced)).toHaveLength(1);
    clock.advance(60 * 60 * 1_000 + 1);
    await ask();
    expect(bench.approvals.list().filter((approval) => !approval.announced)).toHaveLength(1);
  });

  test("the twenty-first that waits is refused", async () => {
    for (let index = 0; index < 20; index += 1) await ask();
    expect(await ask()).toMatchObject({ kind: "denied", text: expect.stringContaining("too many requests") });
  });
});
