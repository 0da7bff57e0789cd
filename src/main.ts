import { productVersion } from "./platform/version.ts";

if (process.argv.includes("--version")) process.stdout.write(`${productVersion}\n`);
