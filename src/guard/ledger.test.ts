import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../platform/database.ts";
import { createRedactor } from "../platform/redact.ts";
import { type Ledger, ledgerMigrations, openLedger } from "./ledger.ts";
import { loadLedgerKey, readAnchor } from "./ledger-key.ts";
import { headFor, type LedgerEntry, type LedgerKey, rowHash, type StoredRow } from "./ledger-row.ts";
import { listLedger, showLedger, verifyLedger } from "./read-ledger.ts";

let folder: string;
let database: Database;
let key: LedgerKey;
let ledger: Ledger;
const at = (name: string) => join(folder, name);
const redact = createRedactor({ mode: "tools" });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fased-ledger-"));
  key = await loadLedgerKey(at("ledger.key"));
  await reopen();
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function reopen(): Promise<void> {
  database = openDatabase(at("state.db"), { ledger: ledgerMigrations });
  ledger = await openLedger({ database, key, redact, anchorPath: at("ledger.anchor") });
}

function entry(name: string): LedgerEntry {
  return {
    at: 1_000,
    principal: `operator:${name}`,
    path: "control/ws",
    action: "tool.call exec",
    effect: "allow",
    reason: "test.allowed",
    because: [{ id: "test.allowed", origin: "tools.profile" }],
    label: { integrity: "owner" },
    detail: {},
    summary: `did ${name}`,
  };
}

async function appendAll(...names: string[]): Promise<void> {
  for (const name of names) await ledger.append(entry(name));
}

async function codes(): Promise<string[]> {
  const report = verifyLedger(database, { key, anchor: await readAnchor(at("ledger.anchor")) });
  expect(report.intact).toBe(report.problems.length === 0);
  return report.problems.map((problem) => problem.code);
}

/** What somebody with the database file can do. */
const tamper = (...statements: string[]) =>
  database.write((transaction) => {
    for (const sql of statements) transaction.run(sql);
  });

describe("an untouched ledger", () => {
  test("verifies when empty, after many appends at once, and after a restart", async () => {
    expect(await codes()).toEqual([]);
    const rows = await Promise.all(Array.from({ length: 600 }, (_, index) => ledger.append(entry(String(index)))));
    expect(rows).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    await database.close();
    await reopen();
    await appendAll("after");
    expect(await codes()).toEqual([]);
    expect(verifyLedger(database, { key }).rows).toBe(601);
  });

  test("is listed newest first, by pages and by effect, and shown by number", async () => {
    await appendAll("a", "b", "c");
    await ledger.append({ ...entry("d"), effect: "deny" });
    expect(listLedger(database, { limit: 2 }).map((row) => row.seq)).toEqual([4, 3]);
    expect(listLedger(database, { limit: 9, before: 3 }).map((row) => row.seq)).toEqual([2, 1]);
    expect(listLedger(database, { limit: 9, effect: "deny" }).map((row) => row.seq)).toEqual([4]);
    expect(showLedger(database, 2)).toMatchObject({ principal: "operator:b", summary: "did b" });
    expect(showLedger(database, 9)).toBeUndefined();
  });

  test("a secret in a summary is masked, and a long one cut", async () => {
    await ledger.append({ ...entry("x"), summary: `ran with sk-canary-canary-canary ${"y".repeat(1_000)}` });
    const row = showLedger(database, 1);
    expect(row?.summary).not.toContain("canary-canary");
    expect(row?.summary?.length).toBe(500);
    expect(await codes()).toEqual([]);
  });

  test("an append that fails writes nothing and leaves the chain whole", async () => {
    await appendAll("a");
    const bad = { ...entry("bad"), at: Number.NaN };
    const [failed, good] = await Promise.allSettled([ledger.append(bad), ledger.append(entry("b"))]);
    expect([failed?.status, good?.status]).toEqual(["rejected", "fulfilled"]);
    expect(verifyLedger(database, { key })).toEqual({ intact: true, rows: 2, problems: [] });
  });
});

describe("tampering is found", () => {
  beforeEach(() => appendAll("a", "b", "c", "d", "e"));

  test.each([
    "at = 1",
    "principal = 'operator:z'",
    "path = 'x'",
    "action = 'x'",
    "effect = 'deny'",
    "reason = 'x'",
    "because = '[]'",
    "label = '{}'",
    "detail = '[]'",
    "session = 's'",
    "summary = NULL",
  ])("an edit: %s", async (change) => {
    await tamper(`UPDATE ledger SET ${change} WHERE seq = 3`);
    expect(await codes()).toEqual(["ledger.row_changed"]);
  });

  test("a row deleted in the middle", async () => {
    await tamper("DELETE FROM ledger WHERE seq = 3");
    expect(await codes()).toEqual(["ledger.row_missing", "ledger.chain_broken"]);
  });

  test("the first row deleted", async () => {
    await tamper("DELETE FROM ledger WHERE seq = 1");
    expect(await codes()).toEqual(["ledger.row_missing", "ledger.chain_broken"]);
  });

  test("two rows exchanged", async () => {
    await tamper(
      "UPDATE ledger SET seq = 99 WHERE seq = 2",
      "UPDATE ledger SET seq = 2 WHERE seq = 3",
      "UPDATE ledger SET seq = 3 WHERE seq = 99",
    );
    expect(await codes()).toEqual(expect.arrayContaining(["ledger.row_changed", "ledger.chain_broken"]));
  });

  test("the tail cut off, with the head kept, moved back, or removed", async () => {
    await tamper("DELETE FROM ledger WHERE seq > 3");
    expect(await codes()).toEqual(["ledger.truncated"]);
    await tamper("UPDATE ledger_head SET count = 3, hash = (SELECT hash FROM ledger WHERE seq = 3)");
    expect(await codes()).toEqual(["ledger.head_forged"]);
    await tamper("DELETE FROM ledger_head");
    expect(await codes()).toEqual(["ledger.head_missing"]);
  });

  test("a row added at the end, chained correctly but without the key", async () => {
    const last = listLedger(database, { limit: 1 })[0] as StoredRow;
    const forged = { ...last, seq: 6, previous: last.hash };
    await tamper(
      `INSERT INTO ledger SELECT 6, at, principal, path, action, effect, reason, because, label, detail, session, summary,
       hash, '${rowHash(forged)}' FROM ledger WHERE seq = 5`,
    );
    expect(await codes()).toEqual(["ledger.rows_added"]);
  });

  test("the whole chain rewritten from an edited row on, with a head made by another key", async () => {
    const otherKey = await loadLedgerKey(at("other.key"));
    const rows = [...listLedger(database, { limit: 10 })].reverse();
    let previous = "";
    await database.write((transaction) => {
      for (const row of rows) {
        const changed = { ...row, previous, summary: "nothing happened" };
        previous = rowHash(changed);
        transaction.run(
          "UPDATE ledger SET summary = ?, previous = ?, hash = ? WHERE seq = ?",
          changed.summary,
          changed.previous,
          previous,
          row.seq,
        );
      }
      const head = headFor(5, previous, otherKey);
      transaction.run("UPDATE ledger_head SET hash = ?, mac = ?", head.hash, head.mac);
    });
    expect(await codes()).toEqual(["ledger.head_forged"]);
  });

  test("a database restored from before, head and all, against the anchor", async () => {
    const old = listLedger(database, { limit: 10 }).length;
    const head = database.get<{ count: number; hash: string; mac: string }>("SELECT count, hash, mac FROM ledger_head");
    await appendAll("f", "g");
    await ledger.anchor();
    await tamper(
      `DELETE FROM ledger WHERE seq > ${old}`,
      `UPDATE ledger_head SET count = ${head?.count}, hash = '${head?.hash}', mac = '${head?.mac}'`,
    );
    expect(await codes()).toEqual(["ledger.rolled_back"]);
    expect(verifyLedger(database, { key }).intact).toBe(true);
  });

  test("everything removed, against the anchor", async () => {
    await ledger.anchor();
    await tamper("DELETE FROM ledger", "DELETE FROM ledger_head");
    expect(await codes()).toEqual(["ledger.rolled_back"]);
  });

  test("a lost key and a forged anchor are told, not taken for fine", async () => {
    expect(verifyLedger(database, { key: undefined }).problems.map(({ code }) => code)).toEqual(["ledger.key_missing"]);
    const forged = headFor(1, "x", await loadLedgerKey(at("other.key")));
    expect(verifyLedger(database, { key, anchor: forged }).problems.map(({ code }) => code)).toEqual([
      "ledger.anchor_forged",
    ]);
  });
});

describe("going on after tampering", () => {
  beforeEach(() => appendAll("a", "b", "c", "d", "e"));

  test("the next append records a cut tail, so that the new head covers nothing up", async () => {
    await database.close();
    await reopen();
    await tamper("DELETE FROM ledger WHERE seq > 3");
    await appendAll("f", "g");
    expect(verifyLedger(database, { key })).toMatchObject({
      intact: false,
      rows: 6,
      problems: [{ code: "ledger.truncated", seq: 4, message: expect.stringContaining("3 of 5") }],
    });
  });

  test("a rollback that the anchor shows is recorded at the first append after the restart", async () => {
    await ledger.anchor();
    await tamper("DELETE FROM ledger", "DELETE FROM ledger_head");
    await database.close();
    await reopen();
    await appendAll("f");
    await ledger.anchor();
    expect(await codes()).toEqual(["ledger.rolled_back"]);
    await appendAll("g");
    expect(verifyLedger(database, { key }).rows).toBe(3);
  });

  test("a replaced key is recorded", async () => {
    rmSync(at("ledger.key"));
    key = await loadLedgerKey(at("ledger.key"));
    ledger = await openLedger({ database, key, redact });
    await appendAll("f");
    expect(await codes()).toEqual(["ledger.head_forged"]);
  });
});

test("the key file is private and survives; one that holds no key is an error", async () => {
  expect((await loadLedgerKey(at("ledger.key"))).reveal().export()).toEqual(key.reveal().export());
  await expect(loadLedgerKey(at("state.db"))).rejects.toThrow();
});
