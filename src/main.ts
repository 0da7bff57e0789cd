import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
if (process.argv.includes("--version")) process.stdout.write(`${manifest.version}\n`);
