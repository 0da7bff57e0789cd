/** Where the program begins: the version at once, everything else by the command that is named. */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { productVersion } from "./platform/version.ts";

// Whoever reads the output may have had enough of it, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

/** Any time will do. */
const holdMs = 60_000;
const isBundled = import.meta.url.endsWith(".js");
const words = process.argv.slice(2);
if (words.length === 1 && ["--version", "-V", "-v"].includes(words[0] ?? "")) {
  process.stdout.write(`${productVersion}\n`);
} else {
  process.exitCode = await untilDone(run());
}

/** A pause before another attempt is a timer that holds no process: without this Node would end in the middle of it. */
async function untilDone(work: Promise<number>): Promise<number> {
  const holding = setInterval(() => undefined, holdMs);
  try {
    return await work;
  } finally {
    clearInterval(holding);
  }
}

async function run(): Promise<number> {
  // Compiled once, when it was built. Where the folder cannot be written, new code is compiled again each time.
  if (isBundled) enableCompileCache(fileURLToPath(new URL("./compile-cache", import.meta.url)));
  const [{ runCli }, { terminalWorld }] = await Promise.all([
    import("./cli/run-cli.ts"),
    import("./cli/terminal-world.ts"),
  ]);
  return runCli(words, terminalWorld(), {
    startGateway: async (options) => {
      const [{ startGateway }, { growHeapInSmallSteps }] = await Promise.all([
        import("./composition/start-gateway.ts"),
        import("./platform/heap.ts"),
      ]);
      const started = await startGateway({ ...options, uiRoot: pageFolder() });
      growHeapInSmallSteps();
      return started;
    },
    trySandbox: async ({ state }) => (await import("./composition/start-sandbox.ts")).trySandbox(state),
    exitNow: (code) => process.exit(code),
  });
}

/** The built page lies in `dist/ui`, whether this runs from the bundle or from the sources. */
function pageFolder(): string {
  return fileURLToPath(new URL(isBundled ? "./ui" : "../dist/ui", import.meta.url));
}
