import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  asFileError,
  FileError,
  fileFacts,
  listFolder,
  readBytesSync,
  readTextFile,
  readTextFileSync,
  removeFile,
  writeFileAtomic,
} from "./files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fased-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

describe("reading", () => {
  test("returns text without its byte order mark", async () => {
    writeFileSync(at("a.txt"), "\uFEFFgrüße\n");
    expect(await readTextFile(at("a.txt"))).toBe("grüße\n");
  });

  test("an absent file, a folder, binary bytes and a pipe each have their code", () => {
    mkdirSync(at("folder"));
    writeFileSync(at("binary"), Buffer.from([0xff, 0xfe, 0x00]));
    expect(() => readTextFileSync(at("absent"))).toThrow(expect.objectContaining({ code: "file.not_found" }));
    expect(() => readTextFileSync(at("folder"))).toThrow(expect.objectContaining({ code: "file.not_file" }));
    expect(() => readTextFileSync(at("binary"))).toThrow(expect.objectContaining({ code: "file.not_text" }));
    expect(() => readTextFileSync("/dev/null")).toThrow(expect.objectContaining({ code: "file.not_file" }));
  });

  test("a file beyond the limit is an error, one exactly at it is read", () => {
    writeFileSync(at("a"), "12345");
    expect(readTextFileSync(at("a"), { maxBytes: 5 })).toBe("12345");
    expect(() => readTextFileSync(at("a"), { maxBytes: 4 })).toThrow(
      expect.objectContaining({ code: "file.too_large" }),
    );
  });

  test("a file that announces no size, as in /proc, is read in full under the limit", () => {
    expect(readBytesSync("/proc/self/stat", { maxBytes: 65_536 }).length).toBeGreaterThan(20);
    expect(() => readBytesSync("/proc/self/stat", { maxBytes: 10 })).toThrow(
      expect.objectContaining({ code: "file.too_large" }),
    );
  });
});

describe("writeFileAtomic", () => {
  test("replaces the content and sets the mode, leaving nothing else in the folder", async () => {
    writeFileSync(at("a.json"), "old");
    chmodSync(at("a.json"), 0o666);
    await writeFileAtomic(at("a.json"), "new");
    expect(readFileSync(at("a.json"), "utf8")).toBe("new");
    expect(statSync(at("a.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  test("replaces a symlink itself and leaves its target alone", async () => {
    writeFileSync(at("target"), "kept");
    symlinkSync(at("target"), at("link"));
    await writeFileAtomic(at("link"), "new");
    expect(readFileSync(at("target"), "utf8")).toBe("kept");
    expect(await fileFacts(at("link"))).toMatchObject({ type: "file" });
  });

  test("a write that fails leaves the old file and no temporary one", async () => {
    mkdirSync(at("taken"));
    writeFileSync(at("taken/x"), "1");
    await expect(writeFileAtomic(at("taken"), "new")).rejects.toThrow(FileError);
    expect(readdirSync(folder)).toEqual(["taken"]);
    await expect(writeFileAtomic(at("no/such/file"), "x")).rejects.toMatchObject({ code: "file.not_found" });
  });

  test("twenty writers at once leave one of their contents whole", async () => {
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(contents.map((content) => writeFileAtomic(at("a"), content)));
    expect(contents).toContain(readFileSync(at("a"), "utf8"));
    expect(readdirSync(folder)).toEqual(["a"]);
  });
});

describe("facts", () => {
  test("report a symlink instead of following it, and absence as a fact", async () => {
    symlinkSync("/etc/passwd", at("link"));
    expect(await fileFacts(at("link"))).toMatchObject({ exists: true, type: "symlink", target: "/etc/passwd" });
    expect(await fileFacts(at("absent"))).toEqual({ exists: false });
    expect(await fileFacts("/dev/null")).toMatchObject({ type: "other" });
  });

  test("a listing is sorted and typed; an absent folder is an error, not an empty list", async () => {
    writeFileSync(at("b"), "");
    mkdirSync(at("a"));
    expect(await listFolder(folder)).toEqual([
      { name: "a", type: "folder" },
      { name: "b", type: "file" },
    ]);
    await expect(listFolder(at("absent"))).rejects.toMatchObject({ code: "file.not_found" });
  });

  test("removing twice is fine", async () => {
    writeFileSync(at("a"), "");
    await removeFile(at("a"));
    await removeFile(at("a"));
    expect(readdirSync(folder)).toEqual([]);
  });
});

test.each([
  ["ENOSPC", "file.no_space", "disk is full"],
  ["EROFS", "file.read_only", "read-only"],
  ["EACCES", "file.no_permission", "owner and mode"],
  ["EIO", "file.failed", "EIO"],
])("%s becomes %s with its remedy", (code, expected, text) => {
  const error = asFileError(Object.assign(new Error(`${code}: broken`), { code }), "/state/a");
  expect(error.code).toBe(expected);
  expect(error.message).toContain("/state/a");
  expect(error.message).toContain(text);
});
