import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Envelope } from "../channels/contract.ts";
import { type Database, openDatabase } from "../platform/database.ts";
import { cleanLabel, type Label, unknownLabel } from "../policy/label.ts";
import { createHandle } from "./handle.ts";
import { createInbox, inboxMigrations } from "./inbox.ts";
import type { NewItem } from "./item.ts";
import { createOutbox, type NewOutboxRow, outboxMigrations } from "./outbox.ts";
import { createRunSteps, runStepsMigrations, StepRepeatedError } from "./run-steps.ts";
import { openSessionStore, trunkItemsMax } from "./session-store.ts";
import { createWhyLog, whyMigrations } from "./why.ts";

const tainted: Label = { integrity: "untrusted", readers: ["owner"], secret: true, sources: ["web:example.org"] };
const stateSchema = {
  inbox: inboxMigrations,
  outbox: outboxMigrations,
  runSteps: runStepsMigrations,
  why: whyMigrations,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(joinPath(tmpdir(), "fased-stores-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const openState = () => openDatabase(joinPath(folder, "state.db"), stateSchema);
const openSessions = () => openSessionStore(joinPath(folder, "sessions.db"));

const said = (run: string, text: string, at = 1): NewItem => ({
  run,
  content: { kind: "user", text, speaker: "owner" },
  label: cleanLabel,
  at,
});
const answered = (run: string, text: string, at = 2): NewItem => ({
  run,
  content: { kind: "assistant", text },
  label: cleanLabel,
  at,
});
const read = (run: string, text: string): NewItem => ({
  run,
  content: { kind: "tool-result", callId: "call-1", tool: "web_fetch", text, failed: false },
  label: tainted,
  handle: createHandle({ kind: "tool-result", host: "https://obey.the.page.example.org:8443/page", text, at: 1 }),
  at: 1,
});

const envelope = (messageId: string, text = "hello"): Envelope => ({
  channel: "irc",
  account: "default",
  messageId,
  form: "message",
  sender: { id: "ann", identity: "immutable", displayName: "Ann" },
  chat: { kind: "direct", id: "ann" },
  mention: "unmentioned",
  text,
  parts: [],
  replyTarget: { channel: "irc", account: "default", chat: "ann", kind: "direct" },
  sentAt: 1,
});

describe("the session store", () => {
  it("keeps a label written under taint over a restart", async () => {
    const before = openSessions();
    await before.append("s", [said("r1", "look"), read("r1", "page")]);
    await before.close();
    const after = openSessions();
    expect(after.run("r1").map((item) => item.label)).toEqual([cleanLabel, tainted]);
    await after.close();
  });

  it("reads a missing or damaged label as unknown", async () => {
    const store = openSessions();
    await store.append("s", [said("r1", "a"), said("r1", "b"), said("r1", "c")]);
    await store.close();
    const raw = openDatabase(joinPath(folder, "sessions.db"), {});
    await raw.write((transaction) => {
      transaction.run("UPDATE items SET label = NULL WHERE id = 1");
      transaction.run("UPDATE items SET label = '{broken' WHERE id = 2");
    });
    await raw.close();
    const again = openSessions();
    expect(again.run("r1").map((item) => item.label)).toEqual([unknownLabel, unknownLabel, cleanLabel]);
    await again.close();
  });

  it("shows what people and agent said of earlier turns, and of sources the handle only", async () => {
    const store = openSessions();
    await store.append("s", [said("r1", "look"), read("r1", "evil words"), answered("r1", "seen")]);
    await store.append("s", [said("r2", "and now?")]);
    const trunk = store.trunk("s", "r2");
    expect(trunk.items.map((item) => item.content)).toEqual([
      { kind: "user", text: "look", speaker: "owner" },
      { kind: "assistant", text: "seen" },
    ]);
    expect(trunk.handles).toHaveLength(1);
    expect(JSON.stringify(trunk)).not.toContain("evil words");
    expect(trunk.handles[0]?.host).toBe("example.org");
    await store.close();
  });

  it("opens a handle with its label, in its own session and generation only", async () => {
    const store = openSessions();
    const source = read("r1", "page");
    await store.append("s", [source]);
    await store.append("t", [said("r9", "other")]);
    const id = source.handle?.id ?? "";
    expect(store.open("s", id)).toMatchObject({ label: tainted, content: { text: "page" } });
    expect(store.open("t", id)).toBeUndefined();
    expect(store.open("s", "h_unknown")).toBeUndefined();
    await store.reset("s", 5);
    expect(store.open("s", id)).toBeUndefined();
    await store.close();
  });

  it("bounds the trunk to the newest items, oldest first", async () => {
    const store = openSessions();
    const items = Array.from({ length: trunkItemsMax + 10 }, (_, index) => said(`r${index}`, `${index}`));
    await store.append("s", items);
    const { items: kept } = store.trunk("s", "none");
    expect(kept).toHaveLength(trunkItemsMax);
    expect(kept.at(-1)?.content).toMatchObject({ text: `${trunkItemsMax + 9}` });
    await store.close();
  });
});

describe("the list of sessions", () => {
  it("lists, previews, archives, resets and deletes", async () => {
    const store = openSessions();
    await store.append("a", [said("r1", "first\nline two", 10), answered("r1", "yes", 11)]);
    await store.append("b", [said("r2", "second", 20)]);
    expect(store.list({ limit: 10 }).map(({ key, title }) => [key, title])).toEqual([
      ["b", "second"],
      ["a", "first"],
    ]);
    expect(store.list({ limit: 10, updatedBefore: 20 }).map(({ key }) => key)).toEqual(["a"]);
    expect(store.preview("a", 5)).toEqual([
      { role: "user", text: "first\nline two", at: 10 },
      { role: "assistant", text: "yes", at: 11 },
    ]);
    expect(await store.archive("b", "archived")).toBe(true);
    expect(store.list({ limit: 10 }).map(({ key }) => key)).toEqual(["a"]);
    expect(store.list({ limit: 10, archived: true }).map(({ key }) => key)).toEqual(["b"]);
    expect(await store.reset("a", 30)).toBe(true);
    expect(store.history("a", { limit: 10 })).toEqual([]);
    expect(store.run("r1")).toHaveLength(2);
    expect(await store.delete("a")).toBe(true);
    expect(store.run("r1")).toEqual([]);
    expect(await store.delete("a")).toBe(false);
    expect(store.find("a")).toBeUndefined();
    await store.close();
  });

  it("counts tokens per day, over a restart", async () => {
    const store = openSessions();
    await store.countTokens({ inputTokens: 10, outputTokens: 5 }, 86_400_000);
    await store.countTokens({ inputTokens: 1, outputTokens: 0 }, 86_400_001);
    await store.close();
    const again = openSessions();
    expect([again.tokensOfDay(86_400_500), again.tokensOfDay(0)]).toEqual([16, 0]);
    await again.close();
  });

  it("pages back through the history", async () => {
    const store = openSessions();
    await store.append("s", [said("r1", "1"), said("r1", "2"), said("r1", "3")]);
    const newest = store.history("s", { limit: 2 });
    expect(newest.map((item) => item.content)).toMatchObject([{ text: "2" }, { text: "3" }]);
    const older = store.history("s", { limit: 2, before: newest[0]?.id ?? 0 });
    expect(older.map((item) => item.content)).toMatchObject([{ text: "1" }]);
    await store.close();
  });

  it("answers trunk, list and append from an index, whatever the number of sessions", async () => {
    const store = openSessions();
    await store.append("s", [said("r1", "x")]);
    await store.close();
    const raw = openDatabase(joinPath(folder, "sessions.db"), {});
    const plan = (sql: string) =>
      raw
        .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .map(({ detail }) => detail)
        .join(" ");
    const trunk =
      "SELECT id FROM items WHERE session = 's' AND generation = 0 AND kind IN ('user', 'assistant', 'notice')";
    expect(plan(`${trunk} ORDER BY id DESC LIMIT 60`)).toMatch(/USING .*INDEX items_/);
    expect(plan("SELECT key FROM sessions WHERE archived = 0 ORDER BY updated_at DESC LIMIT 50")).toMatch(
      /USING .*INDEX sessions_recent/,
    );
    await raw.close();
  });
});

describe("the inbox", () => {
  it("takes each message of a channel and account once, also after it is done and over a restart", async () => {
    const database = openState();
    const inbox = createInbox(database);
    const [first, copy] = await Promise.all([
      inbox.append({ envelope: envelope("m1"), at: 1 }),
      inbox.append({ envelope: envelope("m1"), at: 2 }),
    ]);
    expect([first?.duplicate, copy?.duplicate, copy?.row === first?.row]).toEqual([false, true, true]);
    expect((await inbox.append({ envelope: { ...envelope("m1"), account: "work" }, at: 3 })).duplicate).toBe(false);
    await inbox.finish(first?.row ?? 0, { state: "done", at: 4 });
    await database.close();
    const again = openState();
    expect((await createInbox(again).append({ envelope: envelope("m1"), at: 5 })).duplicate).toBe(true);
    await again.close();
  });

  it("gives back after a restart what was not ended, with what was decided about it", async () => {
    const database = openState();
    const inbox = createInbox(database);
    const one = await inbox.append({ envelope: envelope("m1", "one"), at: 1 });
    const two = await inbox.append({ envelope: envelope("m2", "two"), at: 2 });
    const three = await inbox.append({ envelope: envelope("m3"), at: 3 });
    await inbox.admit(two.row, { run: "r2", admission: { session: "s" }, at: 4 });
    await inbox.move(two.row, "running", 5);
    await inbox.finish(three.row, { state: "dropped", reason: "dm.disabled", at: 6 });
    await database.close();
    const again = openState();
    const reopened = createInbox(again);
    expect(reopened.pending()).toEqual([
      { row: one.row, state: "received", envelope: envelope("m1", "one"), receivedAt: 1 },
      {
        row: two.row,
        state: "running",
        envelope: envelope("m2", "two"),
        admission: { session: "s" },
        run: "r2",
        receivedAt: 2,
      },
    ]);
    expect(reopened.byRun("r2")?.row).toBe(two.row);
    await expect(reopened.move(three.row, "running", 7)).rejects.toThrow("is not open");
    await again.close();
  });

  it("remembers until the end of a message what the Gateway itself did because of it, and which runs are over", async () => {
    const database = openState();
    const inbox = createInbox(database);
    const one = await inbox.append({ envelope: envelope("m1"), at: 1 });
    const two = await inbox.append({ envelope: envelope("m2"), at: 1 });
    const three = await inbox.append({ envelope: envelope("m3"), at: 1 });
    await inbox.admit(three.row, { run: "r3", admission: {}, at: 1 });
    await inbox.begin(one.row, "undo");
    await inbox.begin(two.row, "keep");
    await database.write((transaction) => inbox.concludeIn(transaction, two.row, "Kept."));
    await inbox.stop(["r3", "no such run"], "turn.stopped");
    await database.close();
    const again = openState();
    const reopened = createInbox(again);
    const kept = reopened.pending().map(({ act, outcome, reason }) => ({ act, outcome, reason }));
    expect(kept).toEqual([
      { act: "undo", outcome: undefined, reason: undefined },
      { act: "keep", outcome: "Kept.", reason: undefined },
      { act: undefined, outcome: undefined, reason: "turn.stopped" },
    ]);
    await reopened.finish(two.row, { state: "done", at: 2 });
    expect(again.get("SELECT act, outcome FROM inbox WHERE row = ?", two.row)).toEqual({ act: null, outcome: null });
    await expect(reopened.conclude(two.row, "Kept twice.")).rejects.toThrow("is not open");
    await again.close();
  });

  it("forgets ended rows by age, never open ones", async () => {
    const database = openState();
    const inbox = createInbox(database);
    const one = await inbox.append({ envelope: envelope("m1"), at: 1 });
    await inbox.append({ envelope: envelope("m2"), at: 1 });
    await inbox.finish(one.row, { state: "done", at: 2 });
    expect(await inbox.prune(100)).toBe(1);
    expect(inbox.pending()).toHaveLength(1);
    await database.close();
  });
});

describe("the outbox", () => {
  const insert = (database: Database, row: NewOutboxRow) =>
    database.write((transaction) => createOutbox(database).insert(transaction, row));
  const delivery = (key: string) => ({ target: envelope("x").replyTarget, text: "answer", idempotencyKey: key });

  it("keeps a label written under taint, and the state of each attempt, over a restart", async () => {
    const database = openState();
    const outbox = createOutbox(database);
    const one = await insert(database, { delivery: delivery("k1"), label: tainted, run: "r1", at: 1 });
    const two = await insert(database, { delivery: delivery("k2"), label: cleanLabel, at: 2 });
    await outbox.attempt(one.id, 3);
    await database.close();
    const again = openState();
    expect(createOutbox(again).pending()).toEqual([
      {
        id: one.id,
        state: "attempted",
        delivery: delivery("k1"),
        label: tainted,
        run: "r1",
        attempts: 1,
        createdAt: 1,
      },
      { id: two.id, state: "queued", delivery: delivery("k2"), label: cleanLabel, attempts: 0, createdAt: 2 },
    ]);
    await again.close();
  });

  it("queues one delivery per idempotency key, also once it was sent", async () => {
    const database = openState();
    const outbox = createOutbox(database);
    const first = await insert(database, { delivery: delivery("k"), label: cleanLabel, at: 1 });
    await outbox.attempt(first.id, 2);
    await outbox.finish(first.id, { state: "sent", messageIds: ["7"], at: 3 });
    expect(await insert(database, { delivery: delivery("k"), label: cleanLabel, at: 4 })).toEqual({
      id: first.id,
      duplicate: true,
    });
    expect(outbox.pending()).toEqual([]);
    await expect(outbox.attempt(first.id, 5)).rejects.toThrow("is not open");
    await database.close();
  });

  it("reads a damaged label as unknown", async () => {
    const database = openState();
    const outbox = createOutbox(database);
    const { id } = await insert(database, { delivery: delivery("k"), label: cleanLabel, at: 1 });
    await database.write((transaction) => transaction.run("UPDATE outbox SET label = 'x'"));
    expect(outbox.find(id)?.label).toEqual(unknownLabel);
    await database.close();
  });
});

describe("the step journal", () => {
  const step = { run: "r", callId: "call-1", tool: "exec", at: 1 };

  it("lets a step start once, and says so over a restart", async () => {
    const database = openState();
    await createRunSteps(database).start(step);
    await database.close();
    const again = openState();
    const steps = createRunSteps(again);
    expect(steps.of("r")).toEqual([{ callId: "call-1", tool: "exec", state: "started" }]);
    await expect(steps.start(step)).rejects.toBeInstanceOf(StepRepeatedError);
    await steps.finish(step, { text: "done", failed: false, label: tainted, details: { exitCode: 0 } });
    expect(steps.of("r")).toEqual([
      {
        callId: "call-1",
        tool: "exec",
        state: "finished",
        result: { text: "done", failed: false, label: tainted, details: { exitCode: 0 } },
      },
    ]);
    await expect(steps.start(step)).rejects.toBeInstanceOf(StepRepeatedError);
    await again.close();
  });

  it("lets a step that waited for its owner start once", async () => {
    const database = openState();
    const steps = createRunSteps(database);
    await steps.wait(step, { id: "a1", words: "amber fox" });
    expect(steps.of("r")).toEqual([
      { callId: "call-1", tool: "exec", state: "waiting", approvalId: "a1", words: "amber fox" },
    ]);
    await steps.start(step);
    expect(steps.of("r")).toEqual([{ callId: "call-1", tool: "exec", state: "started" }]);
    expect(await steps.prune(1)).toBe(0);
    expect(await steps.prune(2)).toBe(1);
    expect(steps.of("r")).toEqual([]);
    await database.close();
  });
});

describe("the why log", () => {
  it("lists the newest reason first, over a restart", async () => {
    const entry = {
      at: 1,
      channel: "irc",
      account: "default",
      messageId: "m1",
      sender: "ann",
      code: "dm.pairing_required",
      text: "ann is not paired",
      fix: "fased pairing approve irc CODE",
    };
    const database = openState();
    const why = createWhyLog(database);
    await why.record(entry);
    await why.record({ ...entry, messageId: "m2" });
    await database.close();
    const again = openState();
    expect(createWhyLog(again).list(10)).toEqual([{ ...entry, messageId: "m2" }, entry]);
    await again.close();
  });
});
