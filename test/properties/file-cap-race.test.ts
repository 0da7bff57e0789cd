import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFileCap } from "../../src/platform/file-cap.ts";
import { FileCapError } from "../../src/platform/file-cap-error.ts";

/** Where it exists: the race is decided by the kernel, not by the disk. */
const memoryFolder = "/dev/shm";
const operations = 2_400;
const limits = { maxBytes: 10_000 };

let base: string;
let root: string;
let outside: string;

beforeAll(() => {
  base = mkdtempSync(join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), "fased-race-"));
  root = join(base, "workspace");
  outside = join(base, "outside");
  for (const folder of [join(root, "dir"), join(root, "calm"), outside]) mkdirSync(folder, { recursive: true });
  for (const folder of [join(root, "dir"), join(root, "calm")]) writeFileSync(join(folder, "file"), "inside");
  writeFileSync(join(outside, "file"), "SECRET");
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Another process that swaps folder and file for links to the outside, and back, as fast as it can. */
async function startAttacker(): Promise<ChildProcess> {
  const script = `
    import { renameSync, symlinkSync, unlinkSync } from "node:fs";
    const root = ${JSON.stringify(root)}, outside = ${JSON.stringify(outside)};
    const quietly = (work) => { try { work(); } catch {} };
    process.stdout.write("on\\n");
    for (;;) {
      quietly(() => renameSync(root + "/dir", root + "/dir-real"));
      quietly(() => symlinkSync(outside, root + "/dir"));
      quietly(() => unlinkSync(root + "/dir"));
      quietly(() => renameSync(root + "/dir-real", root + "/dir"));
      quietly(() => renameSync(root + "/dir/file", root + "/dir/file-real"));
      quietly(() => symlinkSync(outside + "/file", root + "/dir/file"));
      quietly(() => unlinkSync(root + "/dir/file"));
      quietly(() => renameSync(root + "/dir/file-real", root + "/dir/file"));
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout) await once(child.stdout, "data");
  return child;
}

describe("while links are swapped", () => {
  test(`${operations} operations read and write nothing outside, and the calm twin always succeeds`, async () => {
    const attacker = await startAttacker();
    const cap = openFileCap(root);
    const seen = new Map<string, number>();
    const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    try {
      for (let index = 0; index < operations; index += 1) {
        await attempt(note, index % 4, cap);
        if (index % 100 === 0) expect((await cap.read("calm/file", limits)).toString()).toBe("inside");
      }
    } finally {
      attacker.kill("SIGKILL");
      await once(attacker, "exit");
    }
    expect(readdirSync(outside)).toEqual(["file"]);
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("SECRET");
    expect([seen.get("escaped"), seen.get("no such call")]).toEqual([undefined, undefined]);
    // Both outcomes happened, so the race was real.
    expect(seen.get("succeeded") ?? 0).toBeGreaterThan(0);
    expect([...seen.keys()].some((key) => key === "symlink" || key === "outside" || key === "not-found")).toBe(true);
  }, 60_000);
});

type Cap = ReturnType<typeof openFileCap>;

const calls: readonly ((cap: Cap) => Promise<string>)[] = [
  async (cap) => ((await cap.read("dir/file", limits)).toString() === "SECRET" ? "escaped" : "succeeded"),
  (cap) => cap.write("dir/file", "inside").then(() => "succeeded"),
  (cap) => cap.write("dir/planted", "inside").then(() => "succeeded"),
  (cap) => cap.list("dir").then(() => "succeeded"),
];

async function attempt(note: (what: string) => void, kind: number, cap: Cap): Promise<void> {
  try {
    note((await calls[kind]?.(cap)) ?? "no such call");
  } catch (error) {
    if (!(error instanceof FileCapError)) throw error;
    note(error.code);
  }
}

const part = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "/",
    "a",
    "dir",
    "file",
    "~",
    "%2e%2e",
    "..\\",
    "\u2025",
    "．．",
    "proc",
    "self",
    "root",
  ),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const spelling = fc
  .tuple(fc.constantFrom("", "/", "//", "./", "../", "/proc/self/root/", "\\"), fc.array(part, { maxLength: 8 }))
  .map(([prefix, parts]) => prefix + parts.join("/"));

describe("path spellings", () => {
  test("2,000 of them write only below the root, and what is written reads back", async () => {
    const cap = openFileCap(join(root, "calm"));
    await fc.assert(
      fc.asyncProperty(spelling, async (path) => {
        const before = readdirSync(base).join();
        try {
          await cap.write(path, "inside");
          expect((await cap.read(path, limits)).toString()).toBe("inside");
          await cap.remove(path);
        } catch (error) {
          expect(error).toBeInstanceOf(FileCapError);
        }
        expect(readdirSync(base).join()).toBe(before);
        expect(readdirSync(outside)).toEqual(["file"]);
      }),
      { numRuns: 2_000 },
    );
  }, 60_000);
});
