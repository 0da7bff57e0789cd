/** Programs that run whatever they are given, and folders whose programs cannot be trusted. */
import { posix } from "node:path";

const interpreters: ReadonlySet<string> = new Set(
  (
    "ash awk bash busybox bun cmd cmd.exe cscript dash deno fish gawk gsed ksh lua mawk nawk node nodejs perl php " +
    "powershell powershell.exe pypy pwsh pwsh.exe python python2 python3 ruby sed sh toybox wscript zsh"
  ).split(" "),
);
const versioned = /^(python|ruby|perl|php|node)[\d.]+$/;

/** Whether a program takes code as its argument or input. */
export function isInterpreter(program: string): boolean {
  const name = posix.basename(program.replaceAll("\\", "/")).toLowerCase();
  return interpreters.has(name) || versioned.test(name);
}

/** Whether somebody other than root may put programs into the folder. */
export function isRiskyFolder(folder: string): boolean {
  const path = folder.trim().replaceAll("\\", "/").toLowerCase();
  if (!path.startsWith("/") && !/^[a-z]:\//.test(path)) return true;
  const within = (parent: string) => path === parent || path.startsWith(`${parent}/`);
  return (
    within("/tmp") ||
    within("/var/tmp") ||
    within("/home") ||
    within("/users") ||
    ["/usr/local/bin", "/opt/homebrew/bin"].includes(path.replace(/\/+$/, "")) ||
    path.includes("/.local/bin") ||
    /^[a-z]:\/users\//.test(path)
  );
}
