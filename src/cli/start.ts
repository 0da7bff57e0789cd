/** `fased start`: what `npm start` runs. The first run writes the safe config; then the Gateway runs in the foreground. */
import { portNumber } from "./arguments.ts";
import { problemLines, shortPath } from "./config-text.ts";
import type { CliContext } from "./context.ts";
import { type RunFlags, type RunningGateway, type RunPorts, runGateway } from "./gateway-process.ts";
import type { RegisterCommand } from "./program.ts";

const examples = `
The first start writes a safe config and a token. Stop with Ctrl-C: running turns may finish.

Exit codes: 0 stopped, 78 it cannot start (port, lock, disk).

Examples:
  fased start
  fased start --port 19000
  fased --profile work start`;

export function startCommand(ports: RunPorts): RegisterCommand {
  return (program, context) => {
    program
      .command("start")
      .description("start the Gateway here and say how to open the Control UI")
      .option("--port <port>", "listen on this port", portNumber)
      .option("--verbose", "show the log")
      .addHelpText("after", examples)
      .action((run: RunFlags) => {
        const made = context();
        return runGateway(made, ports, { run, announce: (gateway) => greet(made, gateway) });
      });
  };
}

function greet(context: CliContext, gateway: RunningGateway): void {
  const { print } = context;
  const { url, mode, firstRun, sandbox, problems } = gateway;
  const link = gateway.loginLink();
  print.result({ url, loginLink: link, mode, firstRun, sandbox, problems }, () => [
    ...headLines(context, gateway),
    "",
    `  Open   ${print.style.accent(link)}`,
    print.style.muted("         This link logs one browser in, once, within a minute. For another: fased dashboard"),
    `  Page   ${url}`,
    "",
    ...sandboxLines(context, gateway),
    ...problems.filter(({ severity }) => severity !== "info").flatMap((problem) => problemLines(problem, print.style)),
    print.style.muted("Ctrl-C stops it."),
  ]);
}

function headLines({ print, environment, paths }: CliContext, { mode, firstRun }: RunningGateway): string[] {
  const { state, config } = paths();
  const at = shortPath(state, environment);
  if (mode === "recovery") {
    return [
      print.style.error("Fased runs in recovery mode: without channels and tools, until the config is mended."),
      `Mend ${shortPath(config, environment)}; \`fased config validate\` lists every mistake, \`fased config undo\` goes back.`,
    ];
  }
  const head = print.style.success(`Fased is running on ${at}.`);
  if (!firstRun) return [head];
  return [head, `Wrote a safe config to ${shortPath(config, environment)} and a new token beside it.`];
}

function sandboxLines({ print }: CliContext, { sandbox, mode }: RunningGateway): string[] {
  if (mode === "recovery") return [];
  if (sandbox.state === "proven")
    return ["Commands run in a sandbox that proved itself. No network, only the workspace."];
  return [
    print.style.warn("No sandbox: every command asks you first, because it would run on this machine itself."),
    `  Why: ${sandbox.reason}`,
    `  Fix: ${sandbox.fix}`,
  ];
}
