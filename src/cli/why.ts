/** `fased why`: why messages were not answered, each with its fix. */
import type { UnansweredMessage } from "../gateway/services.ts";
import { openDatabase } from "../platform/database.ts";
import { fileFacts } from "../platform/files.ts";
import { statePaths } from "../platform/state-paths.ts";
import { createWhyLog, whyMigrations } from "../sessions/why.ts";
import { wholeNumber } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, withGatewayOrDisk } from "./gateway-access.ts";
import type { RegisterCommand } from "./program.ts";
import { relativeTime, safeText } from "./text-table.ts";

const examples = `
Examples:
  fased why --last
  fased why --limit 5 --json`;

type Flags = GatewayFlags & { readonly last?: true; readonly limit: number };

export const registerWhy: RegisterCommand = (program, context) => {
  gatewayOptions(program.command("why"))
    .description("why messages were not answered, and what to do")
    .option("--last", "only the newest")
    .option("--limit <messages>", "how many", wholeNumber, 20)
    .addHelpText("after", examples)
    .action((flags: Flags) => why(context(), flags));
};

type Unanswered = { readonly messages: readonly UnansweredMessage[] };

async function why(context: CliContext, flags: Flags): Promise<void> {
  const limit = flags.last ? 1 : flags.limit;
  const found = await withGatewayOrDisk<Unanswered>(context, flags, {
    live: (gateway) => gateway.call("messages.why", { limit }),
    local: () => fromDisk(context, limit),
  });
  const now = context.clock.now();
  context.print.result(found, () => {
    if (found.messages.length === 0) return "Every message that arrived was answered.";
    return found.messages.flatMap(({ at, channel, sender, code, text, fix }) => [
      context.print.style.strong(`${relativeTime(at, now)}  ${channel}  ${safeText(sender)}  ${code}`),
      `  ${safeText(text)}`,
      `  Fix: ${safeText(fix)}`,
    ]);
  });
}

async function fromDisk(context: CliContext, limit: number): Promise<Unanswered> {
  const path = statePaths(context.paths().state).stateDatabase;
  if (!(await fileFacts(path)).exists) return { messages: [] };
  const database = openDatabase(path, { why: whyMigrations });
  try {
    const records = createWhyLog(database).list(limit);
    return { messages: records.map(({ account: _account, messageId: _id, ...record }) => record) };
  } finally {
    await database.close();
  }
}
