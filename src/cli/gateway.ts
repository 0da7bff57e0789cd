/** `fased gateway run`: the Gateway in the foreground, for units and containers. */
import { portNumber } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { type RunFlags, type RunningGateway, type RunPorts, runGateway } from "./gateway-process.ts";
import type { RegisterCommand } from "./program.ts";

const examples = `
Exit codes: 0 stopped by a signal, 78 it cannot start (port, lock, disk): do not start it again on 78.

Examples:
  fased gateway run
  fased gateway run --port 19000 --quiet`;

type Flags = RunFlags & { readonly quiet?: true };

export function gatewayCommand(ports: RunPorts): RegisterCommand {
  return (program, context) => {
    const gateway = program.command("gateway").description("the Gateway itself").addHelpText("after", examples);
    gateway
      .command("run")
      .description("run it in the foreground, with its log")
      .option("--port <port>", "listen on this port", portNumber)
      .option("--quiet", "without the log")
      .action(({ quiet, ...run }: Flags) => {
        const made = context();
        const flags: RunFlags = quiet ? run : { ...run, verbose: true };
        return runGateway(made, ports, { run: flags, announce: (started) => announce(made, started) });
      });
  };
}

function announce({ print }: CliContext, { url, mode, sandbox, firstRun, problems }: RunningGateway): void {
  print.result({ url, mode, sandbox, firstRun, problems }, () => `Fased listens at ${url} (${mode} mode).`);
}
