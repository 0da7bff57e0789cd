/** What is shipped, and why: the list is written here a second time, so that a change of it is a decision. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../architecture/source.ts";

type Manifest = {
  license: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
type Lockfile = { packages: Record<string, { integrity?: string; resolved?: string; link?: boolean }> };

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest;
const lockfile = JSON.parse(read("package-lock.json")) as Lockfile;

const runtimeDependencies = [
  "@ai-sdk/anthropic",
  "@ai-sdk/openai",
  "@ai-sdk/openai-compatible",
  "@ai-sdk/provider",
  "@clack/prompts",
  "@hono/node-server",
  "@humanwhocodes/momoa",
  "canonicalize",
  "chrono-node",
  "commander",
  "fastest-levenshtein",
  "hono",
  "html-to-text",
  "ipaddr.js",
  "json5",
  "pino",
  "tldts",
  "undici",
  "ws",
  "zod",
];

test("the runtime dependencies are these and no others", () => {
  expect(Object.keys(manifest.dependencies).sort()).toEqual(runtimeDependencies);
});

test("docs/dependencies.md gives each runtime dependency one reason, and names nothing else", () => {
  const rows = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)];
  expect(rows.map((row) => row[1]).sort()).toEqual(
    [...runtimeDependencies, ...Object.keys(manifest.optionalDependencies)].sort(),
  );
  expect(rows.filter((row) => (row[2] ?? "").length < 20)).toEqual([]);
});

test("every version is exact", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const exact = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
  expect(Object.entries(all).filter(([, version]) => !exact.test(version))).toEqual([]);
});

test("no package may run an install script", () => {
  expect(Object.entries(manifest.allowScripts).filter(([, allowed]) => allowed)).toEqual([]);
});

test("the lockfile names no registry host, and every package has its hash", () => {
  const packages = Object.entries(lockfile.packages).filter(([path]) => path !== "");
  expect(packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  expect(packages.filter(([, entry]) => !entry.integrity && !entry.link).map(([path]) => path)).toEqual([]);
  expect(packages.length).toBeGreaterThan(runtimeDependencies.length);
});
