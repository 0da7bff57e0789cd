import { type BigIntStats, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Forbidden } from "./file-walk.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "fased-walk-"));
  mkdirSync(join(base, "sys"));
  mkdirSync(join(base, "workspace"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const facts = (path: string): BigIntStats => statSync(path, { bigint: true });

test("a kernel folder that is mounted is forbidden with everything in it", () => {
  const forbidden = new Forbidden([]).snapshot();
  expect(["/proc", "/proc/self/status"].map((path) => forbidden(facts(path)))).toEqual([true, true]);
  expect(forbidden(facts(join(base, "workspace")))).toBe(false);
});

test("one that is not mounted is forbidden alone: the rest of its disk stays in reach", () => {
  const forbidden = new Forbidden([], [join(base, "sys"), join(base, "absent")]).snapshot();
  expect(forbidden(facts(join(base, "sys")))).toBe(true);
  expect(forbidden(facts(join(base, "workspace")))).toBe(false);
});
