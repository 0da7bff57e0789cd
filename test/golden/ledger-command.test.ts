import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ledgerCommand } from "../../src/cli/ledger.ts";
import { ledgerMigrations, openLedger } from "../../src/guard/ledger.ts";
import { loadLedgerKey } from "../../src/guard/ledger-key.ts";
import { openDatabase } from "../../src/platform/database.ts";
import { type StatePaths, statePaths } from "../../src/platform/state-paths.ts";
import { runCli } from "../fakes/cli.ts";

let paths: StatePaths;
beforeEach(() => {
  paths = statePaths(mkdtempSync(join(tmpdir(), "fased-cli-ledger-")));
});
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ output: string; code: number }> {
  const commands = [{ name: "ledger", summary: "the ledger", load: async () => ledgerCommand }];
  const { code, out, err } = await runCli(["ledger", ...words], { state: paths.root, commands });
  return { output: `${out}${err}`.trimEnd(), code };
}

/** Three decisions, then `tamper` as SQL. */
async function fill(tamper?: string): Promise<void> {
  const database = openDatabase(paths.stateDatabase, { ledger: ledgerMigrations });
  const ledger = await openLedger({
    database,
    key: await loadLedgerKey(paths.ledgerKey),
    redact: (text) => text,
    anchorPath: paths.ledgerAnchor,
  });
  for (const effect of ["allow", "deny", "allow"] as const) {
    await ledger.append({
      at: Date.parse("2026-03-01T12:00:00Z"),
      principal: "operator:d",
      path: "control/ws",
      action: "tool.call exec",
      effect,
      reason: "test.reason",
      because: [{ id: "test.reason", origin: "tools.profile" }],
      label: { secret: false },
      detail: {},
      summary: "rm\u001b[2J x",
    });
  }
  await ledger.anchor();
  if (tamper) await database.write((transaction) => transaction.run(tamper));
  await database.close();
}

test("lists decisions newest first, on one safe line each", async () => {
  await fill();
  const { output, code } = await run("list");
  const [first = "", ...others] = output.split("\n");
  expect(first).toBe(
    "     3  2026-03-01T12:00:00.000Z  allow      operator:d  tool.call exec  test.reason  rm⟨U+001B⟩[2J x",
  );
  expect([others.length, code]).toEqual([2, 0]);
});

test("filters by effect and prints JSON with its parts parsed", async () => {
  await fill();
  const { output } = await run("list", "--effect", "deny", "--json");
  expect(JSON.parse(output)).toMatchObject({
    rows: [{ seq: 2, effect: "deny", because: [{ origin: "tools.profile" }], label: { secret: false } }],
  });
});

test("shows one decision; one that does not exist is exit code 1", async () => {
  await fill();
  expect((await run("show", "2")).output).toContain("reason     test.reason");
  expect(JSON.parse((await run("show", "2", "--json")).output)).toMatchObject({ seq: 2 });
  expect(await run("show", "9")).toMatchObject({ code: 1, output: expect.stringContaining("no row 9") });
});

test("verifies an intact ledger with exit code 0", async () => {
  await fill();
  expect(await run("verify")).toEqual({ output: "The ledger is intact: 3 rows.", code: 0 });
  expect(JSON.parse((await run("verify", "--json")).output)).toEqual({ intact: true, rows: 3, problems: [] });
});

test("names what was changed, with exit code 1", async () => {
  await fill("DELETE FROM ledger WHERE seq = 3");
  const { output, code } = await run("verify");
  expect(output).toContain("ledger.truncated");
  expect(code).toBe(1);
});

test("a database that was removed is found by the anchor, and none is created by looking", async () => {
  await fill();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(paths.stateDatabase + suffix, { force: true });
  expect(await run("verify")).toMatchObject({ code: 1, output: expect.stringContaining("ledger.rolled_back") });
  expect(existsSync(paths.stateDatabase)).toBe(false);
});

test("an empty state directory has an empty, intact ledger", async () => {
  expect(await run("list")).toEqual({ output: "No decisions recorded.", code: 0 });
  expect((await run("verify")).code).toBe(0);
});

test.each([
  ["--limit", "0"],
  ["--limit", "x"],
  ["--before", "-1"],
  ["--effect", "maybe"],
])("refuses %s %s", async (...option) => {
  expect(await run("list", ...option)).toEqual({ code: 2, output: expect.stringContaining("must be") });
});
