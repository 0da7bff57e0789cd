import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFileCap } from "./file-cap.ts";
import type { FileCapErrorCode } from "./file-cap-error.ts";

const limits = { maxBytes: 1_000_000 };

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "fased-cap-"));
  root = join(base, "workspace");
  mkdirSync(join(root, "folder"), { recursive: true });
  writeFileSync(join(base, "private.txt"), "private");
  writeFileSync(join(root, "notes.md"), "notes");
  writeFileSync(join(root, "folder/deep.txt"), "deep");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const refusal = (code: FileCapErrorCode) => expect.objectContaining({ name: "FileCapError", code });

/** The four ways in, for a table of bad paths. */
async function refusals(path: string): Promise<string[]> {
  const cap = openFileCap(root);
  const attempts = [cap.read(path, limits), cap.write(path, "pwned"), cap.list(path), cap.mkdir(path)];
  const results = await Promise.allSettled(attempts);
  return results.map((result) => (result.status === "rejected" ? String(result.reason.code) : "succeeded"));
}

describe("reading and writing inside the workspace", () => {
  test.each([
    "notes.md",
    "./notes.md",
    "folder/../notes.md",
    "//notes.md".slice(1 + 1),
    "with space.txt",
    " leading and trailing ",
    "new\nline.txt",
    "tab\tand \u0007 bell",
    "ünï–cödé 文件 🙂.txt",
    "..hidden",
    "...",
    "-rf",
    "$(touch x)",
    "a'b\"c`d",
    "folder/new/deeper/x",
    "\u202Egnp.exe",
  ])("%j is written, read back, listed and removed", async (path) => {
    const cap = openFileCap(root);
    const facts = await cap.write(path, `content of ${path}`);
    expect((await cap.read(path, limits)).toString()).toBe(`content of ${path}`);
    expect(await cap.facts(path)).toEqual(facts);
    await cap.remove(path);
    await expect(cap.read(path, limits)).rejects.toEqual(refusal("not-found"));
  });

  test("absolute paths inside the root work, also by the name the root was opened with", async () => {
    symlinkSync(root, join(base, "alias"));
    const cap = openFileCap(join(base, "alias"));
    expect(cap.root).toBe(root);
    expect((await cap.read(join(root, "notes.md"), limits)).toString()).toBe("notes");
    expect((await cap.read(join(base, "alias/notes.md"), limits)).toString()).toBe("notes");
  });

  test("writing keeps the mode of an existing file, leaves no temporary file, and can refuse to replace", async () => {
    chmodSync(join(root, "notes.md"), 0o750);
    const cap = openFileCap(root);
    await cap.write("notes.md", "new");
    expect(statSync(join(root, "notes.md")).mode & 0o777).toBe(0o750);
    await expect(cap.write("notes.md", "x", { existing: "refuse" })).rejects.toEqual(refusal("exists"));
    await cap.write("fresh.md", "x", { existing: "refuse" });
    expect(readdirSync(root)).toEqual(["folder", "fresh.md", "notes.md"]);
  });

  test("a listing is sorted and typed; facts describe a link without following it", async () => {
    symlinkSync("/etc/passwd", join(root, "link"));
    const cap = openFileCap(root);
    expect(await cap.list(".")).toEqual([
      { name: "folder", type: "folder" },
      { name: "link", type: "symlink" },
      { name: "notes.md", type: "file" },
    ]);
    expect(await cap.facts("link")).toMatchObject({ type: "symlink", target: "/etc/passwd" });
    expect(await cap.facts(".")).toMatchObject({ type: "folder" });
    await cap.remove("link");
    expect(existsSync("/etc/passwd")).toBe(true);
  });

  test("a file at the limit is read, one byte more is refused, never cut", async () => {
    const cap = openFileCap(root);
    expect((await cap.read("notes.md", { maxBytes: 5 })).toString()).toBe("notes");
    await expect(cap.read("notes.md", { maxBytes: 4 })).rejects.toEqual(refusal("too-large"));
  });
});

describe("leaving the workspace is refused", () => {
  test.each([
    ["../private.txt", "outside"],
    ["../../../../../../etc/passwd", "outside"],
    ["folder/../../private.txt", "outside"],
    ["/etc/passwd", "outside"],
    ["/proc/self/environ", "outside"],
    ["/dev/fd/0", "outside"],
    ["../../.ssh/x", "outside"],
    ["/etc/cron.d/x", "outside"],
    ["file:///etc/passwd", "invalid-path"],
    ["http://127.0.0.1/x", "invalid-path"],
    ["notes.md\0.png", "invalid-path"],
    ["", "invalid-path"],
    ["\ud800", "invalid-path"],
    ["x".repeat(256), "invalid-path"],
    ["a/".repeat(65), "invalid-path"],
  ])("%j by every operation", async (path, code) => {
    expect(await refusals(path)).toEqual([code, code, code, code]);
    expect(readFileSync(join(base, "private.txt"), "utf8")).toBe("private");
    expect(readdirSync(base)).toEqual(["private.txt", "workspace"]);
  });

  test("home and variables mean nothing: they are names", async () => {
    const cap = openFileCap(root);
    await cap.write("~/x", "1");
    await cap.write("$HOME/x", "1");
    expect(readdirSync(root)).toEqual(["$HOME", "folder", "notes.md", "~"]);
  });

  test("a sibling whose name begins like the root is outside", async () => {
    mkdirSync(`${root}-other`);
    writeFileSync(`${root}-other/x`, "x");
    await expect(openFileCap(root).read(`${root}-other/x`, limits)).rejects.toEqual(refusal("outside"));
  });
});

describe("links", () => {
  test("a link to a file or folder, outside or inside, is not passed; the file it names inside is", async () => {
    symlinkSync(base, join(root, "out"));
    symlinkSync(join(base, "private.txt"), join(root, "out.txt"));
    symlinkSync("folder", join(root, "in"));
    symlinkSync("../../../etc", join(root, "folder/up"));
    expect(await refusals("out/private.txt")).toEqual(["symlink", "symlink", "symlink", "symlink"]);
    expect(await refusals("out.txt")).toEqual(["symlink", "symlink", "symlink", "symlink"]);
    expect(await refusals("in/deep.txt")).toEqual(["symlink", "symlink", "symlink", "symlink"]);
    expect(await refusals("folder/up/passwd")).toEqual(["symlink", "symlink", "symlink", "symlink"]);
    expect((await openFileCap(root).read("folder/deep.txt", limits)).toString()).toBe("deep");
    expect(readFileSync(join(base, "private.txt"), "utf8")).toBe("private");
  });

  test("an archive that plants a link and then a file below it reaches nothing", async () => {
    symlinkSync("/etc", join(root, "pkg"));
    await expect(openFileCap(root).write("pkg/cron.d/x", "* * * * *")).rejects.toEqual(refusal("symlink"));
  });

  test("a hard link is never written through, and read only while no host command ran", async () => {
    linkSync(join(base, "private.txt"), join(root, "linked.txt"));
    await expect(openFileCap(root).write("linked.txt", "x")).rejects.toEqual(refusal("hardlink"));
    expect((await openFileCap(root).read("linked.txt", limits)).toString()).toBe("private");
    const strict = openFileCap(root, { linkedReads: "refuse" });
    await expect(strict.read("linked.txt", limits)).rejects.toEqual(refusal("hardlink"));
    expect((await strict.read("notes.md", limits)).toString()).toBe("notes");
    expect(readFileSync(join(base, "private.txt"), "utf8")).toBe("private");
  });
});

describe("what is no regular file", () => {
  test("folders are not read, files are not listed, and the root is not removed", async () => {
    const cap = openFileCap(root);
    await expect(cap.read("folder", limits)).rejects.toEqual(refusal("not-file"));
    await expect(cap.write("folder", "x")).rejects.toEqual(refusal("not-file"));
    await expect(cap.list("notes.md")).rejects.toEqual(refusal("not-found"));
    await expect(cap.remove(".")).rejects.toEqual(refusal("not-file"));
    await expect(cap.remove("folder")).rejects.toEqual(refusal("exists"));
    await expect(cap.write("notes.md/x", "x")).rejects.toEqual(refusal("not-found"));
  });
});

describe("forbidden places inside the root", () => {
  test("the state directory is unreachable though the workspace contains it, and so is a replaced config file", async () => {
    const state = join(root, ".fased");
    mkdirSync(state);
    writeFileSync(join(state, "secrets.json"), "{}");
    writeFileSync(join(root, "fased.json"), "{}");
    const cap = openFileCap(root, { forbidden: [state, join(root, "fased.json"), join(base, "absent")] });
    writeFileSync(join(root, "replacement"), "{ new: 1 }");
    renameSync(join(root, "replacement"), join(root, "fased.json"));
    await expect(cap.read(".fased/secrets.json", limits)).rejects.toEqual(refusal("outside"));
    await expect(cap.write(".fased/x", "x")).rejects.toEqual(refusal("outside"));
    await expect(cap.list(".fased")).rejects.toEqual(refusal("outside"));
    await expect(cap.facts(".fased")).rejects.toEqual(refusal("outside"));
    await expect(cap.read("fased.json", limits)).rejects.toEqual(refusal("outside"));
    await expect(cap.write("fased.json", "x")).rejects.toEqual(refusal("outside"));
    await expect(cap.remove("fased.json")).rejects.toEqual(refusal("outside"));
    expect(readdirSync(state)).toEqual(["secrets.json"]);
    expect((await cap.read("notes.md", limits)).toString()).toBe("notes");
  });

  test("a workspace of / reaches neither /proc nor /sys", async () => {
    const cap = openFileCap("/");
    await expect(cap.read("/proc/self/environ", limits)).rejects.toEqual(refusal("outside"));
    await expect(cap.list("/sys")).rejects.toEqual(refusal("outside"));
    expect((await cap.read(join(root, "notes.md"), limits)).toString()).toBe("notes");
  });

  test("the state directory, an absent folder and a file cannot be workspaces", () => {
    expect(() => openFileCap(root, { forbidden: [root] })).toThrow(refusal("outside"));
    expect(() => openFileCap(join(root, "absent"))).toThrow(refusal("not-found"));
    expect(() => openFileCap(join(root, "notes.md"))).toThrow(refusal("not-file"));
  });

  test("a workspace that was replaced by another folder is refused until it is opened anew", async () => {
    const cap = openFileCap(root);
    renameSync(root, `${root}-old`);
    mkdirSync(root);
    await expect(cap.write("x", "x")).rejects.toEqual(refusal("outside"));
    await openFileCap(root).write("x", "x");
    expect(readdirSync(root)).toEqual(["x"]);
  });
});
