import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLogSync } from "./wal-sync.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-wal-sync-"));
  path = join(folder, "state.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a log that is there is synced, as often as it is asked for", async () => {
  writeFileSync(`${path}-wal`, "log");
  const sync = openLogSync(path);
  await sync.durable();
  await sync.durable();
  expect(sync.failure).toBeUndefined();
  await sync.close();
});

test("a disk that failed once is never believed again", async () => {
  // A character device takes no sync.
  symlinkSync("/dev/null", `${path}-wal`);
  const sync = openLogSync(path);
  const answers = await Promise.allSettled([sync.durable(), sync.durable()]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(sync.failure?.message).toContain("the disk did not take");
  rmSync(`${path}-wal`);
  writeFileSync(`${path}-wal`, "log");
  await expect(sync.durable()).rejects.toBe(sync.failure);
  await sync.close();
});

test("a log that is not there is a failure, not an empty success", async () => {
  const sync = openLogSync(path);
  await expect(sync.durable()).rejects.toThrow("ENOENT");
});
