import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { diskKind, fsyncP50Ms } from "./disk.ts";
import type { Lab } from "./lab.ts";
import type { Machine } from "./result.ts";

const gib = 1024 ** 3;

export function describeMachine(lab: Lab): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(lab.root),
    processor: `${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}`,
    memory: `${(totalmem() / gib).toFixed(0)} GiB`,
    system: `${type()} ${release()}`,
    node: execFileSync(lab.productNode, ["--version"], { encoding: "utf8" }).trim(),
    driverNode: process.version,
    stateDisk: diskKind(lab.folder),
    fsyncP50Ms: fsyncP50Ms(lab.folder),
    loadBefore: loadavg()[0] ?? 0,
  };
}

function commitOf(root: string): string {
  const git = (...words: string[]) => execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
  const changed = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : " with local changes";
  return `${git("rev-parse", "--short", "HEAD")}${changed}`;
}
