/** What every row works with: programs, folders, and the processes that were started and have to end. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

export type Counts = "full" | "quick";

export type LabSettings = {
  /** The checkout under test, built. */
  readonly root: string;
  /** The Node that Fased brings along; the driver itself runs on another one where there is one. */
  readonly productNode: string;
  readonly modelProgram: string;
  readonly decideProgram: string;
  readonly counts: Counts;
};

export type Lab = LabSettings & {
  /** Scratch folder on the disk of the checkout. */
  readonly folder: string;
  newFolder(name: string): string;
  start(command: string, words: readonly string[], options: SpawnOptions): ChildProcess;
  /** Ends everything that was started here, by process id. */
  endProcesses(): Promise<void>;
  /** The same, and removes the scratch folder. */
  close(): Promise<void>;
  /** Progress for whoever waits. */
  say(line: string): void;
};

const stopGraceMs = 25_000;

export function openLab(settings: LabSettings): Lab {
  const place = join(settings.root, ".cache");
  mkdirSync(place, { recursive: true });
  const folder = mkdtempSync(join(place, "bench-"));
  const children = new Set<ChildProcess>();
  const endProcesses = async () => {
    await Promise.all([...children].map((child) => end(child, "SIGTERM")));
  };
  return {
    ...settings,
    folder,
    endProcesses,
    newFolder: (name) => mkdtempSync(join(folder, `${name}-`)),
    start(command, words, options) {
      const child = spawn(command, words, options);
      children.add(child);
      child.once("exit", () => children.delete(child));
      return child;
    },
    async close() {
      await endProcesses();
      rmSync(folder, { recursive: true, force: true });
    },
    say: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** Resolves when the process is gone; one that ignores SIGTERM is killed after a while. */
export async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
  await gone;
  clearTimeout(late);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
