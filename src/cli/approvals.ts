/** `fased approvals`: calls of tools that wait for the owner's yes. */
import type { ApprovalView } from "../gateway/approval-service.ts";
import { openDatabase } from "../platform/database.ts";
import { fileFacts } from "../platform/files.ts";
import { statePaths } from "../platform/state-paths.ts";
import { approvalsMigrations } from "../tools/approval.ts";
import { createApprovals } from "../tools/approvals.ts";
import { approvalCardLines } from "./approval-card.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, withGateway, withGatewayOrDisk } from "./gateway-access.ts";
import type { GatewayConnection } from "./gateway-client.ts";
import type { RegisterCommand } from "./program.ts";
import { relativeTime, tableLines } from "./text-table.ts";

const examples = `
An approval is for one use of exactly the call on the card, within ten minutes.

Examples:
  fased approvals list
  fased approvals show amber-falcon
  fased approvals approve amber-falcon
  fased approvals deny amber-falcon`;

export const registerApprovals: RegisterCommand = (program, context) => {
  const approvals = program
    .command("approvals")
    .description("calls of tools that wait for your yes")
    .addHelpText("after", examples);
  gatewayOptions(approvals.command("list"))
    .description("what waits")
    .option("--full", "with the whole cards")
    .action((flags: GatewayFlags & { full?: true }) => list(context(), flags));
  gatewayOptions(approvals.command("show"))
    .description("one card in full")
    .argument("<words...>", "its words, or its id")
    .action((words: string[], flags: GatewayFlags) => show(context(), words, flags));
  gatewayOptions(approvals.command("approve"))
    .description("let it run once")
    .argument("<words...>", "its words, or its id")
    .action((words: string[], flags: GatewayFlags) => settle(context(), { words, decision: "allow-once" }, flags));
  gatewayOptions(approvals.command("deny"))
    .description("refuse it")
    .argument("<words...>", "its words, or its id")
    .action((words: string[], flags: GatewayFlags) => settle(context(), { words, decision: "deny" }, flags));
};

/** While no Gateway runs, the stored requests: less is known of them. */
type Stored = Pick<ApprovalView, "id" | "words" | "tool" | "title" | "asker" | "createdAt" | "expiresAt">;
type Listing = { readonly approvals: readonly (ApprovalView | Stored)[] };

const loadApprovals = (gateway: GatewayConnection) =>
  gateway.call<{ approvals: readonly ApprovalView[] }>("exec.approval.list");

async function list(context: CliContext, flags: GatewayFlags & { full?: true }): Promise<void> {
  const found = await withGatewayOrDisk<Listing>(context, flags, {
    live: loadApprovals,
    local: () => fromDisk(context),
  });
  const { print, clock } = context;
  print.result(found, () => {
    if (found.approvals.length === 0) return "Nothing waits for you.";
    if (flags.full) return found.approvals.flatMap((approval) => ["", ...cardOrRow(context, approval)]).slice(1);
    const rows = found.approvals.map(({ words, tool, title, expiresAt }) => [
      words,
      tool,
      title,
      `until ${relativeTime(expiresAt, clock.now())}`,
    ]);
    return [...tableLines(rows), print.style.muted("See one in full: fased approvals show WORDS")];
  });
}

function cardOrRow({ print }: CliContext, approval: ApprovalView | Stored): string[] {
  return "exactly" in approval
    ? approvalCardLines(approval, print.style)
    : tableLines([[approval.words, approval.title]]);
}

async function fromDisk({ paths, clock }: CliContext): Promise<Listing> {
  const path = statePaths(paths().state).stateDatabase;
  if (!(await fileFacts(path)).exists) return { approvals: [] };
  const database = openDatabase(path, { approvals: approvalsMigrations });
  try {
    const waiting = createApprovals({ database, clock, isOwner: () => false }).list({ state: "waiting" });
    const live = waiting.filter(({ expiresAt }) => expiresAt > clock.now());
    return {
      approvals: live.map(({ id, words, toolCall, card, origin, requestedAt, expiresAt }) => ({
        ...{ id, words, tool: toolCall.name, title: card.title, expiresAt },
        asker: origin.session,
        createdAt: requestedAt,
      })),
    };
  } finally {
    await database.close();
  }
}

async function show(context: CliContext, words: readonly string[], flags: GatewayFlags): Promise<void> {
  const approval = await withGateway(context, flags, async (gateway) => {
    return named((await loadApprovals(gateway)).approvals, words);
  });
  context.print.result(approval, () => approvalCardLines(approval, context.print.style));
}

function named(approvals: readonly ApprovalView[], words: readonly string[]): ApprovalView {
  const asked = words.join(" ").trim();
  const spoken = asked.toLowerCase().replace(/[\s-]+/g, "-");
  const found = approvals.find(({ id, words: name }) => id === asked || name === spoken);
  if (found) return found;
  throw new CliError("approval.unknown", `nothing that waits is called \`${asked}\``, {
    fix: "see `fased approvals list`; it may have been decided or have expired",
  });
}

type Decision = { readonly words: readonly string[]; readonly decision: "allow-once" | "deny" };

async function settle(context: CliContext, { words, decision }: Decision, flags: GatewayFlags): Promise<void> {
  const approval = await withGateway(context, flags, async (gateway) => {
    const chosen = named((await loadApprovals(gateway)).approvals, words);
    await gateway.call("exec.approval.resolve", { id: chosen.id, decision });
    return chosen;
  });
  const { id, words: name, tool, title } = approval;
  context.print.result({ id, words: name, tool, title, decision }, () =>
    decision === "deny"
      ? `Denied: ${approvalCardLines(approval, context.print.style)[0]}`
      : context.print.style.success(`Approved, for once: ${approvalCardLines(approval, context.print.style)[0]}`),
  );
}
