import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPrivateFile, createPrivateFolder } from "./private-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-private-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a new file and its new folders are for their owner only, whatever the umask", () => {
  const umask = process.umask(0);
  try {
    createPrivateFile(join(folder, "a/b/file"));
  } finally {
    process.umask(umask);
  }
  expect(["a", "a/b", "a/b/file"].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([
    0o700, 0o700, 0o600,
  ]);
});

test("what exists keeps its content and mode: the audit tells, nothing is fixed behind the owner's back", () => {
  writeFileSync(join(folder, "file"), "kept");
  chmodSync(join(folder, "file"), 0o640);
  chmodSync(folder, 0o750);
  createPrivateFile(join(folder, "file"));
  createPrivateFolder(folder);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("kept");
  expect([statSync(join(folder, "file")).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o640, 0o750]);
});
