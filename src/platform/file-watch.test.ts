import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fileStamp, watchForChanges } from "./file-watch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-watch-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);

test("a stamp differs after a change, a replacement, a removal and a creation, and never throws", () => {
  const stamps = [fileStamp(at("a"))];
  writeFileSync(at("a"), "one");
  stamps.push(fileStamp(at("a")));
  writeFileSync(at("a"), "three");
  stamps.push(fileStamp(at("a")));
  writeFileSync(at("b"), "three");
  renameSync(at("b"), at("a"));
  stamps.push(fileStamp(at("a")));
  expect(new Set(stamps).size).toBe(4);
  expect(fileStamp(at("a"))).toBe(stamps[3]);
  rmSync(at("a"));
  expect(fileStamp(at("a"))).toBe(stamps[0]);
  symlinkSync("loop", at("loop"));
  expect(fileStamp(at("loop"))).toContain("ELOOP");
});

describe("watching", () => {
  /** Looks when a test says so. */
  function watching(paths: readonly string[], reload: "reads it" | "fails" = "reads it") {
    vi.useFakeTimers();
    const read = () => new Map(paths.map((path) => [path, fileStamp(path)]));
    let stamps = read();
    const changed = vi.fn(() => {
      if (reload === "reads it") stamps = read();
    });
    const stop = watchForChanges(() => stamps, changed);
    const look = () => {
      vi.advanceTimersToNextTimer();
      return changed.mock.calls.length;
    };
    return { look, stop };
  }

  test("what changed between reading and watching is told, once", () => {
    writeFileSync(at("a"), "one");
    const { look } = watching([at("a")]);
    writeFileSync(at("a"), "another");
    expect([look(), look()]).toEqual([1, 1]);
  });

  test("nothing is told of files that stay as they are; a file that appears later is", () => {
    writeFileSync(at("a"), "one");
    const { look } = watching([at("a"), at("later")]);
    expect([look(), look()]).toEqual([0, 0]);
    writeFileSync(at("later"), "here");
    expect(look()).toBe(1);
  });

  test("a state that could not be taken in is told once, the next one again", () => {
    writeFileSync(at("a"), "one");
    const { look } = watching([at("a")], "fails");
    writeFileSync(at("a"), "broken");
    expect([look(), look()]).toEqual([1, 1]);
    writeFileSync(at("a"), "broken otherwise");
    expect([look(), look()]).toEqual([2, 2]);
  });

  test("nothing is told after the end", () => {
    const { look, stop } = watching([at("a")]);
    stop();
    writeFileSync(at("a"), "late");
    expect(look()).toBe(0);
  });
});
