/** `exec.approval.request`: a client asks the owner before it runs a command itself. The Gateway runs nothing by it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { methodTable } from "../../../src/gateway/methods/table.ts";
import { configWith, eventually, startWhole, type Whole, wholeToken } from "../../fakes/whole-gateway.ts";
import { connectParams, type Frame, openWs, type WsClient } from "../../fakes/ws-client.ts";
import { publishedMethods } from "../gateway/published-methods.ts";

let whole: Whole | undefined;
let clients: WsClient[] = [];
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await whole?.remove();
  whole = undefined;
});

const owners = `security: { owners: [{ channel: "telegram", id: "1" }] }, channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["77"] } },`;

async function start(config = configWith(owners)): Promise<void> {
  whole = await startWhole({ config, channels: ["telegram"] });
}

function running(): Whole {
  if (!whole) throw new Error("no Gateway was started");
  return whole;
}

async function client(): Promise<WsClient> {
  const opened = await openWs(`ws://127.0.0.1:${running().started.port}/`);
  clients.push(opened);
  const hello = await opened.connect(connectParams({ token: wholeToken }));
  expect(hello.ok).toBe(true);
  return opened;
}

/** Sends the request without waiting for its answer; both answers carry this id. */
function ask(from: WsClient, params: object): (matches?: (frame: Frame) => boolean) => Promise<Frame> {
  const id = crypto.randomUUID();
  from.send({ type: "req", id, method: "exec.approval.request", params });
  return (matches = () => true) => from.next((frame) => frame.type === "res" && frame.id === id && matches(frame));
}

const accepted = ({ ok, payload }: Frame) => ok === false || payload?.["status"] === "accepted";
const codeOf = ({ error }: Frame) => error?.details?.["code"];
const waiting = async (operator: WsClient) =>
  (await operator.call("exec.approval.list", {})).payload?.["approvals"] as readonly Record<string, unknown>[];

const stateOf = (id: string): unknown => {
  const database = new DatabaseSync(join(running().state, "state.db"), { readOnly: true });
  try {
    return database.prepare("SELECT state, kind FROM approvals WHERE id = ?").get(id);
  } finally {
    database.close();
  }
};

const touch = () => `touch ${join(running().workspace, "ran.txt")}`;
const ran = () => existsSync(join(running().workspace, "ran.txt"));

test("every exec.approval method of the published protocol is offered, under its scope", () => {
  const published = publishedMethods(/^exec\.approval\./);
  expect(published.length).toBeGreaterThan(5);
  const ours = methodTable.map(({ name, scope }) => ({ name, scope }));
  expect(ours).toEqual(expect.arrayContaining([...published]));
});

describe("a client that asks for approval of a command", () => {
  test("is told at once that it waits, then what the owner said; nothing ran", async () => {
    await start();
    const [asker, owner] = [await client(), await client()];
    const answer = ask(asker, {
      ...{ command: touch(), commandArgv: ["sh", "-c", touch()], cwd: "/srv/project", host: "node", nodeId: "laptop" },
      ...{ env: { API_KEY: "value-that-stays-here" }, warningText: "looks \u202Eharmless", twoPhase: true },
    });
    const { id, words, createdAtMs, expiresAtMs } = (await answer(accepted)).payload as {
      id: string;
      words: string;
      createdAtMs: number;
      expiresAtMs: number;
    };
    expect(expiresAtMs - createdAtMs).toBe(120_000);
    const told = await owner.next(({ event }) => event === "exec.approval.requested");
    expect(told.payload).toMatchObject({ id, words, expiresAtMs });

    const [card = {}] = await waiting(owner);
    expect(card).toMatchObject({ id, words, where: "client", state: "pending", tool: "exec" });
    const shown = Object.fromEntries(
      (card["exactly"] as { label: string; text: string }[]).map((part) => [part.label, part.text]),
    );
    expect(shown).toEqual({
      Command: touch(),
      "Program and arguments": JSON.stringify(["sh", "-c", touch()]),
      Folder: "/srv/project",
      "Variables that it sets": "API_KEY",
      "Where, as the client says": "node laptop",
      "Asked by": "a program with the Gateway's secret, from 127.0.0.1",
      "Note of the client": "looks \u202Eharmless",
    });

    const decided = await owner.call("exec.approval.resolve", { id, decision: "allow-once" });
    expect(decided.ok).toBe(true);
    expect((await answer()).payload).toEqual({
      id,
      words,
      createdAtMs,
      expiresAtMs,
      state: "approved",
      decision: "allow-once",
    });
    expect((await asker.call("exec.approval.waitDecision", { id })).payload).toMatchObject({ decision: "allow-once" });
    expect(ran()).toBe(false);
    expect(stateOf(id)).toEqual({ state: "granted", kind: "client" });
    await running().stop();
    expect(
      JSON.stringify(new DatabaseSync(join(running().state, "state.db")).prepare("SELECT * FROM approvals").all()),
    ).not.toContain("value-that-stays-here");
  });

  test("is told no by a deny, and by the end of its time", async () => {
    await start();
    const [asker, owner] = [await client(), await client()];
    const answer = ask(asker, { command: touch(), id: "request-1", twoPhase: true });
    expect((await answer(accepted)).error).toBeUndefined();
    await owner.call("exec.approval.resolve", { id: "request-1", decision: "deny" });
    expect((await answer()).payload).toMatchObject({ id: "request-1", state: "denied", decision: "deny" });

    const late = await ask(asker, { command: touch(), id: "request-2", timeoutMs: 20 })();
    expect(late.payload).toMatchObject({ id: "request-2", state: "expired", decision: "deny" });
    expect(codeOf(await owner.call("exec.approval.resolve", { id: "request-2", decision: "allow-once" }))).toBe(
      "approval.settled",
    );
    expect(ran()).toBe(false);
  });

  test("is told that nobody decided yet when it begins to wait while the Gateway stops", async () => {
    await start();
    const asker = await client();
    await ask(asker, { command: touch(), id: "request-1", twoPhase: true })(accepted);
    const stopping = running().channel("telegram").holdStop();
    const stopped = running().stop();
    await stopping.begun;
    const told = await asker.call("exec.approval.waitDecision", { id: "request-1" });
    expect(told.payload).toMatchObject({ id: "request-1", state: "pending" });
    stopping.goOn();
    await stopped;
  });

  test("is told no when the Gateway stops before anybody decided", async () => {
    await start();
    const asker = await client();
    const answer = ask(asker, { command: touch(), id: "request-9", twoPhase: true });
    await answer(accepted);
    const stopping = running().stop();
    expect((await answer()).payload).toMatchObject({ id: "request-9", decision: "deny" });
    await stopping;
    expect(ran()).toBe(false);
  });

  test("reaches the owner's chat, where a button decides; not when it asks for operators alone", async () => {
    await start();
    const asker = await client();
    const telegram = running().channel("telegram");
    const quiet = ask(asker, { command: touch(), id: "quiet-01", deliverToApprovalClientsOnly: true, twoPhase: true });
    await quiet(accepted);
    const answer = ask(asker, { command: touch(), twoPhase: true });
    expect((await answer(accepted)).error).toBeUndefined();
    await eventually(() => telegram.heard.some(({ delivery }) => delivery.buttons !== undefined), "the card");
    const [card] = telegram.heard;
    expect(card?.target.chat).toBe("1");
    const [allow] = card?.delivery.buttons ?? [];
    await telegram.say({ from: "1", text: "", form: "button", data: allow?.data ?? "" });
    expect((await answer()).payload).toMatchObject({ decision: "allow-once" });
    expect(new Set(telegram.heard.flatMap(({ delivery }) => delivery.buttons?.map(({ data }) => data) ?? []))).toEqual(
      new Set(card?.delivery.buttons?.map(({ data }) => data)),
    );
    expect(stateOf("quiet-01")).toMatchObject({ state: "waiting" });
    expect(ran()).toBe(false);
  });

  test("is refused by name when it says nothing, too much, twice the same, or what the policy forbids everywhere", async () => {
    await start();
    const asker = await client();
    const refusals: readonly (readonly [params: object, code: string])[] = [
      [{ cwd: "/" }, "approval.no_command"],
      [{ command: "x".repeat(300_000) }, "approval.too_large"],
      [{ command: "echo \uD800" }, "approval.not_canonical"],
      [{ command: "ls", id: "amber-falcon" }, "method.invalid_params"],
      [{ command: "ls", timeoutMs: 24 * 60 * 60_000 + 1 }, "method.invalid_params"],
      [{ command: "ls", agentId: "nobody" }, "approval.denied_by_policy"],
    ];
    for (const [params, code] of refusals) expect([code, codeOf(await ask(asker, params)())]).toEqual([code, code]);
    expect(await waiting(asker)).toEqual([]);

    const first = ask(asker, { command: "ls", id: "request-1", twoPhase: true });
    await first(accepted);
    expect(codeOf(await ask(asker, { command: "other", id: "request-1" })())).toBe("approval.duplicate_id");
    expect(await waiting(asker)).toHaveLength(1);
  });

  test("is refused where commands are switched off, and asked elsewhere", async () => {
    const agents = `agents: { list: [{ id: "main" }, { id: "quiet", tools: { exec: { security: "deny" } } }],`;
    await start(configWith("").replace("agents: {", agents));
    const asker = await client();
    const denied = await ask(asker, { command: "ls", agentId: "quiet" })();
    expect([codeOf(denied), denied.error?.message]).toEqual([
      "approval.denied_by_policy",
      expect.stringContaining("exec.denied"),
    ]);
    expect((await ask(asker, { command: "ls", agentId: "main", twoPhase: true })(accepted)).ok).toBe(true);
  });

  test("cannot fill the owner's list: one more than the limit is refused", async () => {
    await start();
    const asker = await client();
    for (let count = 0; count < 20; count += 1) {
      await ask(asker, { command: `echo ${count}`, sessionKey: `agent:main:${count}`, twoPhase: true })(accepted);
    }
    expect(codeOf(await ask(asker, { command: "echo 20", sessionKey: "agent:main:20" })())).toBe(
      "approval.too_many_waiting",
    );
    await asker.call("exec.approval.resolve", { id: String((await waiting(asker))[0]?.["id"]), decision: "deny" });
    expect((await ask(asker, { command: "echo 20", twoPhase: true })(accepted)).ok).toBe(true);
  });
});

describe("an answer that no card gives", () => {
  test("is refused by name, and the request still waits for one that it takes", async () => {
    await start();
    const owner = await client();
    await ask(owner, { command: "ls", id: "request-1", twoPhase: true })(accepted);
    const answers: readonly (readonly [answer: object, code: string])[] = [
      [{ decision: "allow-always" }, "approval.always_unavailable"],
      [{ decision: "allow-once", grantExpiresInDays: 1 }, "approval.always_unavailable"],
      [
        { decision: "allow-once", reviewer: { channel: "telegram", accountId: "default", senderId: "1" } },
        "approval.reviewer_unsupported",
      ],
      [{ decision: "yes" }, "approval.unknown_decision"],
    ];
    for (const [answer, code] of answers) {
      const refused = await owner.call("exec.approval.resolve", { id: "request-1", ...answer });
      expect([code, codeOf(refused)]).toEqual([code, code]);
    }
    expect(await waiting(owner)).toHaveLength(1);
    expect((await owner.call("exec.approval.resolve", { id: "request-1", decision: "allow-once" })).ok).toBe(true);
    expect((await owner.call("exec.approval.grants.list", {})).payload).toEqual({ grants: [] });
    expect((await owner.call("exec.approval.grants.revoke", { grantId: "request-1" })).payload).toEqual({
      outcome: "not-found",
    });
  });
});
