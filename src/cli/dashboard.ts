/** `fased dashboard`: a link that logs one browser in, for whoever is this OS user. */
import { hasCode } from "../platform/files.ts";
import { askLocalSocket } from "../platform/local-socket.ts";
import { openInBrowser } from "../platform/open-in-browser.ts";
import { statePaths } from "../platform/state-paths.ts";
import type { CliContext } from "./context.ts";
import { notRunning } from "./gateway-access.ts";
import type { RegisterCommand } from "./program.ts";

const examples = `
The link works once and for a minute. It works in recovery mode, too.

Examples:
  fased dashboard
  fased dashboard --no-open
  ssh -L 18789:127.0.0.1:18789 HOST fased dashboard --no-open`;

export const registerDashboard: RegisterCommand = (program, context) => {
  program
    .command("dashboard")
    .description("open the Control UI, logged in")
    .option("--no-open", "only print the link")
    .addHelpText("after", examples)
    .action((flags: { open: boolean }) => dashboard(context(), flags));
};

async function dashboard(context: CliContext, { open }: { open: boolean }): Promise<void> {
  const { print, environment } = context;
  const link = await askForLink(context);
  const opened =
    open &&
    print.interactive &&
    (await openInBrowser({ url: link, file: pathsOf(context).controlUiLogin }, environment));
  print.result({ url: link, opened }, () => [
    ...(opened ? ["Opened the Control UI in your browser. If it does not show, open:"] : ["Open the Control UI:"]),
    `  ${print.style.accent(link)}`,
    print.style.muted("The link works once and for a minute."),
    ...sshHint(context, link),
  ]);
}

const pathsOf = (context: CliContext) => statePaths(context.paths().state);

async function askForLink(context: CliContext): Promise<string> {
  try {
    return await askLocalSocket(pathsOf(context).gatewaySocket, "login-link");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ECONNREFUSED")) throw await notRunning(context);
    throw error;
  }
}

function sshHint({ environment, print }: CliContext, link: string): string[] {
  const port = URL.parse(link)?.port;
  if (!environment["SSH_CONNECTION"] || !port) return [];
  return [print.style.muted(`From your own machine, first: ssh -L ${port}:127.0.0.1:${port} THIS-HOST`)];
}
