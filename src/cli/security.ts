/** `fased security audit|explain|who-can`: what is open, and who may do what, from the files alone; no Gateway is needed. */
import { type Command, InvalidArgumentError } from "commander";
import { audit } from "../audit/audit.ts";
import type { SandboxFacts } from "../audit/facts.ts";
import type { Deep, Report } from "../audit/finding.ts";
import { configToJudge } from "../audit/first-start.ts";
import { accessOnDisk, gatherFacts } from "../audit/gather.ts";
import { answerQuestion, answerWhoCan, type Question, QuestionError } from "../audit/question.ts";
import { hostSandboxFacts } from "../audit/sandbox-facts.ts";
import type { LoadedConfig } from "../config/load.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import type { RegisterCommand } from "./program.ts";
import { answerLines, reportLines, whoCanLines } from "./security-text.ts";

/** What `--deep` tries on this machine. */
type SecurityPorts = {
  /** Runs an empty command in the sandbox. */
  probeSandbox(context: CliContext): Promise<SandboxFacts>;
  /** Asks the running Gateway for its health. */
  probeGateway(context: CliContext): Promise<Deep["gateway"]>;
};

const auditExamples = `
Examples:
  fased security audit
  fased security audit --strict=warn
  fased security audit --deep --json

Exit codes: 0; with --strict 1 when a finding is critical, with --strict=warn also at a warning.`;

const explainExamples = `
People: owner, http, stranger@telegram, member@telegram, telegram:123, telegram/ACCOUNT:123

Examples:
  fased security explain --from stranger@telegram
  fased security explain --from telegram:123 --tool exec
  fased security explain --from telegram:123 --group -1001 --mentioned --tool read
  fased security explain --from owner --tool exec --tainted --json`;

export function securityCommand(ports: SecurityPorts): RegisterCommand {
  return (program, context) => {
    const security = program.command("security").description("what is open, and who may do what");
    registerAudit(security, context, ports);
    registerExplain(security, context);
    security
      .command("who-can")
      .description("everybody who can use a tool, with or without being asked")
      .argument("<tool>", "such as exec, read, web_fetch")
      .addHelpText("after", "\nExamples:\n  fased security who-can exec\n  fased security who-can read --json")
      .action((tool: string) => whoCanUse(context(), tool));
  };
}

type GetContext = () => CliContext;
type AuditOptions = { readonly strict?: true | "warn" | "critical"; readonly deep?: true; readonly info?: true };

function registerAudit(security: Command, context: GetContext, ports: SecurityPorts): void {
  security
    .command("audit")
    .description("look for what is open: config, people, files, sandbox")
    .option("--strict [level]", "exit 1 when something is critical; `warn`: also at a warning", strictLevel)
    .option("--deep", "also try the sandbox and the running Gateway")
    .option("--info", "show what is merely worth knowing in full")
    .addHelpText("after", auditExamples)
    .action((options: AuditOptions) => runAudit(context(), options, ports));
}

type ExplainOptions = {
  readonly from: string;
  readonly tool?: string;
  readonly agent?: string;
  readonly group?: string;
  readonly topic?: string;
  readonly mentioned?: true;
  readonly tainted?: true;
};

function registerExplain(security: Command, context: GetContext): void {
  security
    .command("explain")
    .description("whether somebody may write, or use a tool, and why")
    .requiredOption("--from <who>", "who asks")
    .option("--tool <id>", "which tool; without it, whether a message is answered")
    .option("--agent <id>", "which agent, for the owner; others get the one that is bound")
    .option("--group <id>", "in this group; without it, in a direct chat")
    .option("--topic <id>", "in this topic of the group")
    .option("--mentioned", "the message mentions the agent")
    .option("--tainted", "a web page is in the conversation")
    .addHelpText("after", explainExamples)
    .action((options: ExplainOptions) => explainAccess(context(), options));
}

async function runAudit(context: CliContext, options: AuditOptions, ports: SecurityPorts): Promise<void> {
  const { clock, environment } = context;
  const facts = await gatherFacts({
    loaded: context.load(),
    environment,
    clock,
    ...(options.deep
      ? { sandbox: await ports.probeSandbox(context), deep: { gateway: await ports.probeGateway(context) } }
      : {}),
  });
  const report = audit(facts, clock.now());
  if (failsAt(report, options.strict)) context.outcome.code = exitCodes.failed;
  context.print.result(report, () => reportLines(report, context, options.info ? "all" : "short"));
}

function failsAt({ summary }: Report, strict: AuditOptions["strict"]): boolean {
  if (strict === undefined) return false;
  return summary.critical > 0 || (strict === "warn" && summary.warn > 0);
}

async function explainAccess(context: CliContext, options: ExplainOptions): Promise<void> {
  const loaded = await loadedToJudge(context);
  const { policy } = await accessOnDisk(loaded, context.clock);
  const question: Question = {
    ...options,
    mention: options.mentioned ? "mentioned" : "unmentioned",
    window: options.tainted ? "tainted" : "own",
  };
  const answer = asked(() => answerQuestion(policy, question, loaded));
  context.print.result(answer, () => answerLines(answer, context.print.style));
}

async function whoCanUse(context: CliContext, tool: string): Promise<void> {
  const loaded = await loadedToJudge(context);
  const { policy } = await accessOnDisk(loaded, context.clock);
  const reach = asked(() => answerWhoCan(policy, tool, loaded));
  context.print.result({ tool, reach }, () => whoCanLines(tool, reach, context.print.style));
}

/** A question about nobody, or about no tool, is a mistake of the command line. */
function asked<T>(answer: () => T): T {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    throw new CliError(error.code, error.message, { fix: error.fix, exitCode: exitCodes.usage });
  }
}

async function loadedToJudge(context: CliContext): Promise<LoadedConfig> {
  const { environment } = context;
  return configToJudge({ loaded: context.load(), environment, sandbox: await hostSandboxFacts() });
}

function strictLevel(text: string): "warn" | "critical" {
  if (text === "warn" || text === "critical") return text;
  throw new InvalidArgumentError("It must be warn or critical.");
}
