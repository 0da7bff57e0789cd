/** `fased logs`: the Gateway's log, also of one that does not start. */
import type { LogTail } from "../gateway/services.ts";
import { aborted } from "../platform/interrupts.ts";
import { readLog } from "../platform/log-file.ts";
import { statePaths } from "../platform/state-paths.ts";
import { wholeNumber } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import { logLine } from "./log-line.ts";
import type { RegisterCommand } from "./program.ts";

const examples = `
With --json each line is one JSON document. Secrets are masked.

Examples:
  fased logs --limit 50
  fased logs --follow
  fased logs --json | jq 'select(.level == "error")'`;

type Flags = GatewayFlags & {
  readonly limit: number;
  readonly maxBytes: number;
  readonly follow?: true;
  readonly interval: number;
  readonly plain?: true;
};

export const registerLogs: RegisterCommand = (program, context) => {
  gatewayOptions(program.command("logs"))
    .description("the Gateway's log of today")
    .option("--limit <lines>", "how many lines", wholeNumber, 200)
    .option("--max-bytes <bytes>", "how much at most", wholeNumber, 250_000)
    .option("--follow", "go on with new lines until Ctrl-C")
    .option("--interval <ms>", "how often to look for new lines", wholeNumber, 1_000)
    .option("--plain", "the lines as they are in the file")
    .addHelpText("after", examples)
    .action((flags: Flags) => logs(context(), flags));
};

type Tail = (cursor: number | undefined) => Promise<LogTail>;

/** Of this machine the file is read, which needs no Gateway; another Gateway is asked. */
async function logs(context: CliContext, flags: Flags): Promise<void> {
  const { limit, maxBytes } = flags;
  if (flags.url !== undefined) {
    await withGateway(context, flags, (gateway) =>
      show(context, flags, (cursor) =>
        gateway.call("logs.tail", { limit, maxBytes, ...(cursor === undefined ? {} : { cursor }) }),
      ),
    );
    return;
  }
  const folder = statePaths(context.paths().state).logs;
  await show(context, flags, async (cursor) => readLog(folder, { cursor, limit, maxBytes }));
}

async function show(context: CliContext, flags: Flags, tail: Tail): Promise<void> {
  let slice = await tail(undefined);
  if (slice.lines.length === 0 && !flags.follow) context.print.note("The log of today is empty.");
  printSlice(context, flags, slice);
  if (!flags.follow) return;
  const { first } = context.interrupts();
  while (!first.aborted) {
    await Promise.race([delayed(flags.interval), aborted(first)]);
    const { file, cursor } = slice;
    const next = await tail(cursor);
    // A new day begins a new file.
    slice = next.file === file ? next : await tail(0);
    printSlice(context, flags, slice);
  }
}

function printSlice({ print, stdout }: CliContext, flags: Flags, slice: LogTail): void {
  const raw = print.form === "json" || flags.plain;
  for (const line of slice.lines) stdout.write(`${raw ? line : logLine(line, print.style)}\n`);
}

const delayed = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));
