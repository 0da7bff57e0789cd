/** `fased agent`: says something to an agent and shows its answer as it comes. */
import { randomUUID } from "node:crypto";
import { aborted } from "../platform/interrupts.ts";
import { wholeNumber } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import type { GatewayConnection } from "./gateway-client.ts";
import type { RegisterCommand } from "./program.ts";
import { createRunView, type RunView } from "./run-view.ts";
import { usage } from "./usage.ts";

const examples = `
The answer goes to standard output, everything else to standard error. When a tool waits for your approval, the command
waits, too: approve in another terminal, in the Control UI, or right here when asked.

Exit codes: 0 answered, 1 failed or out of time, 69 no Gateway, 130 stopped with Ctrl-C.

Examples:
  fased agent --message "list files"
  fased agent --message "what did we say?" --session agent:main:main
  echo "summarise notes.md" | fased agent --message - --json`;

const timeoutDefaultSeconds = 600;
const secondMs = 1_000;
const stopGraceMs = 5_000;

type Flags = Omit<GatewayFlags, "timeout"> & {
  readonly message: string;
  readonly session?: string;
  readonly agent?: string;
  /** Seconds. */
  readonly timeout: number;
};

export const registerAgent: RegisterCommand = (program, context) => {
  const command = program
    .command("agent")
    .description("say something to an agent and show its answer")
    .requiredOption("-m, --message <text>", "what to say; - reads standard input")
    .option("--session <key>", "in this conversation; else in your main one")
    .option("--agent <id>", "to this agent; else to the default one");
  gatewayOptions(command, { timeout: "leave out" })
    .option("--timeout <seconds>", "how long to wait for the answer", wholeNumber, timeoutDefaultSeconds)
    .addHelpText("after", examples)
    .action((flags: Flags) => agent(context(), flags));
};

type Accepted = { readonly runId: string; readonly sessionKey: string };

async function agent(context: CliContext, flags: Flags): Promise<void> {
  const message = flags.message === "-" ? await context.readStdin() : flags.message;
  if (message.trim() === "") throw usage("the message is empty", 'fased agent --message "hello"');
  const { timeout, ...access } = flags;
  const view = await withGateway(context, access, (gateway) => converse(context, gateway, { ...flags, message }));
  const answer = view.answer();
  context.outcome.code = exitOf[answer.status];
  if (answer.status !== "failed" || context.print.form === "json") context.print.result(answer, () => []);
  else {
    throw new CliError(answer.code ?? "agent.failed", answer.error ?? "the run failed", {
      fix: "see `fased logs`; `fased models status` shows whether the model can be used",
    });
  }
}

const exitOf: Readonly<Record<ReturnType<RunView["answer"]>["status"], ExitCode>> = {
  answered: exitCodes.ok,
  stopped: exitCodes.interrupted,
  failed: exitCodes.failed,
  waiting: exitCodes.failed,
  "out-of-time": exitCodes.failed,
};

/** Sends, then follows the run's events until it ends, time is up, or somebody presses Ctrl-C. */
async function converse(context: CliContext, gateway: GatewayConnection, flags: Flags): Promise<RunView> {
  const view = createRunView(context, gateway);
  gateway.onEvent((event) => view.onEvent(event));
  const accepted = await gateway.call<Accepted>("agent", {
    message: flags.message,
    idempotencyKey: randomUUID(),
    timeout: flags.timeout,
    ...(flags.session === undefined ? {} : { sessionKey: flags.session }),
    ...(flags.agent === undefined ? {} : { agentId: flags.agent }),
  });
  view.begin(accepted);
  const { first } = context.interrupts();
  const stop = () => {
    context.print.note("Stopping …");
    void gateway
      .call("chat.abort", { sessionKey: accepted.sessionKey, runId: accepted.runId })
      .catch(() => view.end("stopped"));
    setTimeout(() => view.end("stopped"), stopGraceMs).unref();
  };
  void aborted(first).then(stop);
  const timer = setTimeout(() => view.end("out-of-time"), flags.timeout * secondMs);
  try {
    await Promise.race([view.ended, gateway.ended]);
  } finally {
    clearTimeout(timer);
  }
  return view;
}
