/**
 * `npm run dev [-- options of fased start]`: the Gateway from its sources, started again whenever one changes, and the
 * Control UI built again whenever one of its own does. State and config are those of `--dev`, never your own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const gateway = ["--watch", "--watch-preserve-output", "src/main.ts", "--dev", "start", ...process.argv.slice(2)];
// What is built already stays until its successor is written, so that a page that is open keeps its files.
const page = ["build", "ui", "--watch", "--emptyOutDir", "false", "--logLevel", "warn"];

const children = [start(process.execPath, gateway), start("vite", page)];
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => endAll());
await Promise.race(children.map((child) => once(child, "exit")));
endAll();

function start(program: string, words: readonly string[]): ChildProcess {
  const child = spawn(program, words, { stdio: "inherit" });
  child.once("error", (error) => {
    console.error(`${program} could not be started: ${error.message}. Run \`npm ci\` first.`);
    process.exitCode = 1;
  });
  return child;
}

/** Each ends by itself once it is told; a Gateway lets its running turns finish. */
function endAll(): void {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
}
