/** Opens a web page where the user of this machine sees it. */
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { writeFileAtomic } from "./files.ts";
import type { Environment } from "./host.ts";

const openers: Readonly<Record<string, string>> = { linux: "xdg-open", darwin: "open" };
const settleMs = 1_500;

export type SecretPage = {
  /** May hold a log-in code. */
  readonly url: string;
  /** A file of the state directory that leads the browser there: the words of a program are visible to other users. */
  readonly file: string;
};

/** False where there is no screen or no program for it. */
export async function openInBrowser({ url, file }: SecretPage, environment: Environment): Promise<boolean> {
  const opener = openers[process.platform];
  if (opener === undefined || !hasScreen(environment)) return false;
  const target = url.replace(/[&"<>]/g, encodeURIComponent);
  await writeFileAtomic(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${target}">\n`);
  return opened(opener, pathToFileURL(file).href, environment);
}

function opened(opener: string, page: string, environment: Environment): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(opener, [page], { detached: true, stdio: "ignore", env: { ...environment } });
    // Still running after a moment is fine: some openers stay with their browser.
    const timer = setTimeout(() => resolve(true), settleMs);
    const settle = (outcome: "opened" | "failed") => {
      clearTimeout(timer);
      resolve(outcome === "opened");
    };
    child.once("error", () => settle("failed"));
    child.once("exit", (code) => settle(code === 0 ? "opened" : "failed"));
    child.unref();
  });
}

function hasScreen(environment: Environment): boolean {
  if (environment["SSH_CONNECTION"]) return false;
  return process.platform === "darwin" || Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"]);
}
