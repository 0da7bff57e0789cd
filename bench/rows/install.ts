/** What a user's disk gets: the packed product, installed with its production dependencies. */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Lab } from "../lab.ts";
import type { Result } from "../result.ts";

const megabyte = 1_000_000;
const installTimeoutMs = 300_000;

export async function measureInstall(lab: Lab): Promise<Result[]> {
  const place = lab.newFolder("install");
  const npm = (...words: string[]) =>
    execFileSync("npm", [...words, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: lab.root,
      env: { ...process.env, PATH: `${dirname(lab.productNode)}:${process.env["PATH"]}` },
      encoding: "utf8",
      timeout: installTimeoutMs,
    });
  npm("pack", "--ignore-scripts", "--pack-destination", place);
  const packed = readdirSync(place).find((name) => name.endsWith(".tgz"));
  if (packed === undefined) throw new Error("`npm pack` made no package");
  npm(
    "install",
    "--global",
    "--prefix",
    place,
    "--omit=dev",
    "--ignore-scripts",
    "--prefer-offline",
    join(place, packed),
  );
  return [sizes(join(place, "lib/node_modules/fased"))];
}

function sizes(installed: string): Result {
  const modules = join(installed, "node_modules");
  const packages = existsSync(modules) ? readdirSync(modules) : [];
  const node = packages.filter((name) => name.startsWith("node-linux-"));
  const nodeBytes = node.reduce((sum, name) => sum + bytesOf(join(modules, name)), 0);
  const total = bytesOf(installed) - nodeBytes;
  const own = bytesOf(join(installed, "dist"));
  const part = (bytes: number) => (bytes / megabyte).toFixed(1);
  const note =
    `sum of file sizes after \`npm pack\` and \`npm install --global --omit=dev\`: dist ${part(own)} MB (with the channel ` +
    `code bundled in it and the Control UI), dependencies ${part(total - own)} MB; not counted: Node ${part(nodeBytes)} MB`;
  return { id: "install", value: total / megabyte, note };
}

/** Bytes of all files below, links not followed. */
function bytesOf(path: string): number {
  const facts = lstatSync(path);
  if (!facts.isDirectory()) return facts.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
