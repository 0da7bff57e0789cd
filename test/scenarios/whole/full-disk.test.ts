import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect } from "vitest";
import { needs } from "../../needs.ts";
import { bubblewrap, diskAt } from "../../servers/bubblewrap.ts";

const child = join(import.meta.dirname, "full-disk-child.ts");
const diskBytes = 16 * 1024 * 1024;

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "fased-full-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

needs("bubblewrap")(
  "a disk that is full while it runs: a message is not taken and not lost; with room again it is answered",
  async () => {
    const [program = "", ...words] = [...bubblewrap(...diskAt(state, diskBytes)), process.execPath, child, state];
    const { stdout } = await promisify(execFile)(program, words);
    const told = JSON.parse(stdout) as { refused: string; heardWhileFull: number; heard: string };
    expect(told.refused).toMatch(/full/);
    expect(told.heardWhileFull).toBe(0);
    expect(told.heard).toContain("I am the **offline assistant**");
  },
  40_000,
);
