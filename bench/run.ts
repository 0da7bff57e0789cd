/**
 * `npm run bench [-- --quick] [-- --row NAME] [-- --write]`: builds what is measured, bundles the driver, and runs it on
 * another Node than the Gateway's, because two processes of one binary share pages and each looks smaller than it is.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { build } from "esbuild";

const root = dirname(import.meta.dirname);
const oldestDriver = 20;

execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
mkdirSync(join(root, ".cache"), { recursive: true });
const folder = mkdtempSync(join(root, ".cache/bench-driver-"));
try {
  await bundle();
  process.exitCode = await drive();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: ["driver", "model-server", "decide-program"].map((name) => join(root, `bench/${name}.ts`)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: `node${oldestDriver}`,
    // The model server is started by its own program here, not as the file that is run.
    define: { "import.meta.main": "false", FASED_VERSION: JSON.stringify("0.0.0") },
    banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
    logLevel: "warning",
  });
}

function drive(): Promise<number> {
  const program = (name: string) => join(folder, `${name}.mjs`);
  const productNode = realpathSync(process.execPath);
  const settings = {
    root,
    productNode,
    modelProgram: program("model-server"),
    decideProgram: program("decide-program"),
  };
  const words = [program("driver"), JSON.stringify(settings), ...process.argv.slice(2)];
  const driver = spawn(otherNode(productNode), words, { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => driver.kill(signal));
  return new Promise((resolve) => driver.once("exit", (code) => resolve(code ?? 1)));
}

/** The first Node on PATH that is another binary and new enough, else the same one. */
function otherNode(productNode: string): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders
    .map((place) => join(place, "node"))
    .find((path) => existsSync(path) && isOther(path, productNode));
  return found ?? productNode;
}

function isOther(path: string, productNode: string): boolean {
  if (path.includes("node_modules") || realpathSync(path) === productNode) return false;
  const version = execFileSync(path, ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)/.exec(version)?.[1]) >= oldestDriver;
}
