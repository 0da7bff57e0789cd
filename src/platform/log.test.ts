import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import { createLog, type Log, type LogOptions } from "./log.ts";
import { readLog } from "./log-file.ts";
import { createRedactor } from "./redact.ts";
import { Secret } from "./secret.ts";

let folder: string;
let now = Date.parse("2026-03-01T12:00:00Z");
let shown: string[] = [];
const clock: Clock = { now: () => now, after: () => ({ cancel: () => undefined }) };

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "fased-log-")), "logs");
  now = Date.parse("2026-03-01T12:00:00Z");
  shown = [];
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const redact = createRedactor({ mode: "tools", secrets: () => [new Secret("correct horse battery")] });

function openLog(level: "debug" | "info" = "info"): Log {
  return openLogWith(() => ({ file: level, console: level }));
}

function openLogWith(levels: LogOptions["levels"]): Log {
  return createLog({ folder, levels, redact, clock, console: (line) => shown.push(stripVTControlCharacters(line)) });
}

const written = () =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");

test("file and console have a level each, and follow it", () => {
  const levels: { file: "info" | "warn"; console: "error" | "warn" } = { file: "info", console: "error" };
  const log = openLogWith(() => levels);
  log.info("one");
  log.error("two");
  Object.assign(levels, { file: "warn", console: "warn" });
  log.info("three");
  log.warn("four");
  log.close();
  expect(written().match(/one|two|three|four/g)).toEqual(["one", "two", "four"]);
  expect(shown).toEqual(["error two", "warn  four"]);
});

describe("createLog", () => {
  test("writes one JSON object a line into a private file of the day, and a readable line", () => {
    const log = openLog();
    log.child("gateway").info("listening", { port: 18789 });
    log.debug("not at this level");
    log.close();
    expect(readdirSync(folder)).toEqual(["fased-2026-03-01.log"]);
    expect(statSync(join(folder, "fased-2026-03-01.log")).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(JSON.parse(written())).toEqual({
      level: "info",
      time: "2026-03-01T12:00:00.000Z",
      part: "gateway",
      port: 18789,
      message: "listening",
    });
    expect(shown).toEqual(["info  gateway: listening port=18789"]);
  });

  test("no canary gets out, in whatever shape it is logged", () => {
    const log = openLog("debug");
    const canary = "sk-canary-canary-canary";
    const cyclic: Record<string, unknown> = { canary };
    cyclic["self"] = cyclic;
    log.info(`key ${canary}`, {
      canary,
      nested: [{ deep: canary }],
      error: new Error(canary, { cause: new Error(canary) }),
    });
    log.warn("typed", { secret: new Secret(canary), token: "shortcanary", bytes: Buffer.from(canary), cyclic });
    log.error("known value: correct horse battery");
    log.debug("call", { run: () => canary });
    log.close();
    expect(written() + shown.join()).not.toMatch(/canary-canary|shortcanary|horse/);
    expect(written().split("\n").length).toBe(5);
  });

  test("control characters cannot draw on the operator's terminal", () => {
    openLog().info("a\u001b[2Jb\nc\u202Ed", { name: "x\r" });
    expect(shown).toEqual(["info  a⟨U+001B⟩[2Jb⟨U+000A⟩c⟨U+202E⟩d name=x⟨U+000D⟩"]);
  });

  test("a new day has a new file, and old files go", () => {
    const log = openLog();
    for (let day = 0; day < 16; day += 1) {
      log.info(`day ${day}`);
      now += 24 * 3_600_000;
    }
    log.close();
    const names = readdirSync(folder);
    expect(names.length).toBe(14);
    expect([names[0], names.at(-1)]).toEqual(["fased-2026-03-03.log", "fased-2026-03-16.log"]);
  });

  test("a log that cannot be written says so once and goes on", () => {
    writeFileSync(folder, "a file where the folder should be");
    const log = openLog();
    log.info("one");
    log.info("two");
    expect(shown.filter((line) => line.startsWith("warn"))).toEqual([expect.stringContaining("log:")]);
    expect(shown.filter((line) => line.startsWith("info")).length).toBe(2);
  });
});

describe("readLog", () => {
  const range = { cursor: undefined, limit: 100, maxBytes: 1_000 };
  const write = (text: string) => {
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, "fased-2026-03-01.log"), text);
  };

  test("goes on where the last slice ended, never with half a line", () => {
    write("one\ntwo\nthr");
    const first = readLog(folder, range);
    expect(first).toEqual({
      file: "fased-2026-03-01.log",
      cursor: 8,
      size: 11,
      lines: ["one", "two"],
      truncated: false,
      reset: false,
    });
    write("ee\nfour\n");
    expect(readLog(folder, { ...range, cursor: first.cursor })).toMatchObject({ lines: ["three", "four"], cursor: 19 });
    expect(readLog(folder, { ...range, cursor: 19 })).toMatchObject({ lines: [], cursor: 19 });
  });

  test("limits by lines and by bytes, and says that something is missing", () => {
    write("one\ntwo\nthree\n");
    expect(readLog(folder, { ...range, limit: 2 })).toMatchObject({ lines: ["two", "three"], truncated: true });
    expect(readLog(folder, { ...range, maxBytes: 7 })).toMatchObject({ lines: ["three"], truncated: true });
    expect(readLog(folder, { ...range, maxBytes: 6 })).toMatchObject({ lines: ["three"], truncated: true });
  });

  test("a cursor beyond the file starts anew, and without any log the answer is empty", () => {
    expect(readLog(folder, range)).toMatchObject({ lines: [], size: 0 });
    write("one\n");
    expect(readLog(folder, { ...range, cursor: 99 })).toMatchObject({ lines: ["one"], reset: true });
  });
});
