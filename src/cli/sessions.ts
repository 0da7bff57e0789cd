/** `fased sessions list|show`: conversations, and what was said in one. */
import type { Command } from "commander";
import type { SessionView } from "../gateway/services.ts";
import type { WireMessage } from "../gateway/wire-messages.ts";
import { wholeNumber } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import type { RegisterCommand } from "./program.ts";
import { relativeTime, safeText, tableLines } from "./text-table.ts";

const examples = `
Examples:
  fased sessions list --active 60
  fased sessions show agent:main:main --limit 20
  fased sessions show agent:main:main --json`;

export const registerSessions: RegisterCommand = (program, context) => {
  const sessions = program.command("sessions").description("conversations").addHelpText("after", examples);
  registerList(sessions, context);
  gatewayOptions(sessions.command("show"))
    .description("what was said in a conversation, newest last")
    .argument("<key>", "its key, as `sessions list` shows it")
    .option("--limit <messages>", "how many", wholeNumber, 50)
    .action((key: string, flags: GatewayFlags & { limit: number }) => show(context(), key, flags));
};

type ListFlags = GatewayFlags & { readonly agent?: string; readonly active?: number; readonly limit: number };

function registerList(sessions: Command, context: () => CliContext): void {
  gatewayOptions(sessions.command("list"))
    .description("conversations, most recently used first")
    .option("--agent <id>", "only of this agent")
    .option("--active <minutes>", "only those used in the last minutes", wholeNumber)
    .option("--limit <sessions>", "how many", wholeNumber, 100)
    .action((flags: ListFlags) => list(context(), flags));
}

type SessionRow = Pick<SessionView, "key" | "channel" | "title" | "updatedAt"> & {
  readonly agentId: string;
  readonly state: SessionView["status"];
};
type SessionRows = { readonly total: number; readonly sessions: readonly SessionRow[] };

async function list(context: CliContext, flags: ListFlags): Promise<void> {
  const { agent, active, limit } = flags;
  const found = await withGateway(context, flags, (gateway) =>
    gateway.call<SessionRows>("sessions.list", {
      limit,
      ...(agent === undefined ? {} : { agentId: agent }),
      ...(active === undefined ? {} : { activeMinutes: active }),
    }),
  );
  const now = context.clock.now();
  context.print.result(found, () => {
    if (found.sessions.length === 0) return 'No conversations yet. Start one: fased agent --message "hello"';
    const rows = found.sessions.map(({ key, state, updatedAt, title }) => [
      key,
      state,
      relativeTime(updatedAt, now),
      title,
    ]);
    const more = found.total - found.sessions.length;
    return [...tableLines([["KEY", "STATE", "USED", "TITLE"], ...rows]), ...(more > 0 ? [`… and ${more} more`] : [])];
  });
}

type History = {
  readonly sessionKey: string;
  readonly sessionId: string;
  readonly messages: readonly WireMessage[];
  readonly inFlightRun?: { readonly runId: string; readonly text: string };
};

async function show(context: CliContext, key: string, flags: GatewayFlags & { limit: number }): Promise<void> {
  const history = await withGateway(context, flags, async (gateway) => {
    const preview = await gateway.call<{ previews: readonly { status: string }[] }>("sessions.preview", {
      keys: [key],
      limit: 1,
    });
    if (preview.previews[0]?.status === "missing") throw unknownSession(key);
    return gateway.call<History>("chat.history", { sessionKey: key, limit: flags.limit });
  });
  context.print.result(history, () => {
    if (history.messages.length === 0) return `Nothing was said in ${key} yet.`;
    return history.messages.flatMap((message) => messageLines(context, message));
  });
}

function unknownSession(key: string): CliError {
  return new CliError("session.unknown", `there is no session \`${key}\``, { fix: "see `fased sessions list`" });
}

const speakers: Readonly<Record<WireMessage["role"], string>> = {
  user: "you",
  assistant: "agent",
  toolResult: "result",
  part: "attached",
  system: "gateway",
};

function messageLines({ print }: CliContext, message: WireMessage): string[] {
  const who = message.speaker || message.author || speakers[message.role];
  const time = new Date(message.timestamp).toISOString().slice(0, 16).replace("T", " ");
  const mark = message.integrity === "owner" ? "" : `  (${message.integrity})`;
  const body = message.content.map(blockText).join("\n");
  return [
    print.style.strong(`${time}  ${safeText(who)}${mark}`),
    ...safeText(body)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}

function blockText(block: WireMessage["content"][number]): string {
  return block.type === "text" ? block.text : `${block.name} ${JSON.stringify(block.arguments)}`;
}
