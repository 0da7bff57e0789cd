/** Lives of the whole Gateway in processes of their own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteHook } from "./kill-life.ts";
import type { StoryName } from "./kill-stories.ts";

const child = join(import.meta.dirname, "gateway-child.ts");

/** Sources compiled once, not once per life. */
export type CompileCache = { readonly folder: string; remove(): void };

export function createCompileCache(): CompileCache {
  const folder = mkdtempSync(join(tmpdir(), "fased-compiled-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export type ChildLife = {
  readonly state: string;
  readonly story: StoryName;
  readonly cache: CompileCache;
  readonly killPoint?: string;
};

/** Resolves with how it ended: `SIGKILL`, `worked off`, or what went wrong. */
export async function liveInChild({ state, story, cache, killPoint }: ChildLife): Promise<string> {
  const life = spawn(process.execPath, [child, state, story], {
    env: {
      PATH: "/usr/bin:/bin",
      HOME: state,
      NODE_COMPILE_CACHE: cache.folder,
      ...(killPoint === undefined ? {} : { FASED_KILL_POINT: killPoint }),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const errors: string[] = [];
  life.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  const [code, signal] = (await once(life, "close")) as [number | null, string | null];
  noteHook(state);
  return signal ?? (code === 0 ? "worked off" : `exit code ${code}: ${errors.join("")}`);
}
