/** Prints the numbers that should only fall, so that a rise is seen in the log of every run. */
import { readFileSync } from "node:fs";
import { longest } from "../test/architecture/longest.ts";
import { readSources, repositoryRoot } from "../test/architecture/source.ts";

type Manifest = { dependencies: Record<string, string> };
type Lockfile = { packages: Record<string, { dev?: boolean }> };

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const lockfile = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lockfile;
const sources = readSources(repositoryRoot, ["src", "ui/src"]).filter(({ path }) => !/\.test\.tsx?$/.test(path));
const lines = (prefix: string) =>
  sources
    .filter(({ path }) => path.startsWith(prefix))
    .reduce((sum, { text }) => sum + text.trimEnd().split("\n").length, 0);
const shipped = Object.entries(lockfile.packages).filter(([path, entry]) => path !== "" && !entry.dev);
const most = longest(sources);

const rows: [string, string | number][] = [
  ["runtime dependencies", Object.keys(manifest.dependencies).length],
  ["packages shipped with them", shipped.length],
  ["lines of src", lines("src/")],
  ["lines of src/policy", lines("src/policy/")],
  ["lines of ui", lines("ui/")],
  ["longest file", most.file],
  ["longest function", most.function],
];
for (const [name, value] of rows) console.log(`${name.padEnd(28)} ${value}`);
