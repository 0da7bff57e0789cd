/** The program as a person runs it: real processes, each on one home and one state directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../architecture/source.ts";

/** From its sources; `test/scenarios/cli/bundle.test.ts` runs what is built of them. */
const fromSources = [process.execPath, "--no-warnings", join(repositoryRoot, "src/main.ts")];

export type ProgramOptions = {
  /** How it is started; the words of the command follow. */
  readonly argv?: readonly string[];
  /** Programs in front of it, such as one that changes what it sees of the machine. */
  readonly wrap?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

export type ProgramEnd = { readonly code: number | null; readonly out: string; readonly err: string };

export type RunningProgram = {
  /** Both outputs, as they came. */
  printed(): string;
  /** Resolves when the output holds it; rejects when the program ends before. */
  says(text: string): Promise<void>;
  readonly ended: Promise<ProgramEnd>;
  signal(name: NodeJS.Signals): void;
};

export type FasedProgram = {
  readonly home: string;
  /** `~/.fased`, which the first start makes. */
  readonly state: string;
  start(...words: string[]): RunningProgram;
  /** Runs to its end. */
  run(...words: string[]): Promise<ProgramEnd>;
  /** Starts a Gateway on a free port; resolves when it greets. */
  gateway(): Promise<RunningProgram>;
  /** Kills what still runs and removes the home. */
  remove(): Promise<void>;
};

export function createProgram({ argv = fromSources, wrap = [], environment = {} }: ProgramOptions = {}): FasedProgram {
  const home = mkdtempSync(join(tmpdir(), "fased-home-"));
  const running = new Set<ChildProcess>();
  // Sources compiled once for all tests, not once per process.
  const compiled = { NODE_COMPILE_CACHE: join(repositoryRoot, "node_modules/.cache/compiled") };
  const env = { PATH: "/usr/bin:/bin", HOME: home, NO_COLOR: "1", ...compiled, ...environment };

  function start(...words: string[]): RunningProgram {
    const [program = "", ...rest] = [...wrap, ...argv, ...words];
    const child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("close", () => running.delete(child));
    return watched(child);
  }

  return {
    home,
    state: join(home, ".fased"),
    start,
    run: (...words) => start(...words).ended,
    async gateway() {
      const gateway = start("start", "--port", "0");
      await gateway.says("Ctrl-C stops it.");
      return gateway;
    },
    async remove() {
      const ends = [...running].map((child) => once(child, "close"));
      for (const child of running) child.kill("SIGKILL");
      await Promise.all(ends);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function watched(child: ChildProcess): RunningProgram {
  const printed = { all: "", out: "", err: "" };
  const listeners = new Set<() => void>();
  for (const name of ["out", "err"] as const) {
    child[`std${name}`]?.setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      printed.all += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out: printed.out, err: printed.err }));
  });
  return {
    printed: () => printed.all,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!printed.all.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without saying ${JSON.stringify(text)}:\n${printed.all}`)));
      }),
    ended,
    signal: (name) => void child.kill(name),
  };
}
