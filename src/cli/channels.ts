/** `fased channels status`: whether the channels are connected. */
import type { ChannelStatus } from "../channels/contract.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import type { RegisterCommand } from "./program.ts";
import { relativeTime, tableLines } from "./text-table.ts";

const examples = `
Examples:
  fased channels status
  fased channels status --channel irc --json`;

export const registerChannels: RegisterCommand = (program, context) => {
  const channels = program.command("channels").description("chat channels").addHelpText("after", examples);
  gatewayOptions(channels.command("status"))
    .description("whether they are connected")
    .option("--channel <name>", "only this one")
    .action((flags: GatewayFlags & { channel?: string }) => status(context(), flags));
};

type Channels = {
  readonly channelOrder: readonly string[];
  readonly channelAccounts: Readonly<Record<string, readonly ChannelStatus[]>>;
};

async function status(context: CliContext, flags: GatewayFlags & { channel?: string }): Promise<void> {
  const { channel } = flags;
  const found = await withGateway(context, flags, (gateway) =>
    gateway.call<Channels>("channels.status", channel === undefined ? {} : { channel }),
  );
  const now = context.clock.now();
  context.print.result(found, () => {
    const accounts = found.channelOrder.flatMap((name) => found.channelAccounts[name] ?? []);
    if (accounts.length === 0) return "No channel is set up. `fased onboard` adds Telegram or IRC.";
    const rows = accounts.map(({ channel: name, account, state, self, lastSeenAt }) => [
      name,
      account,
      state,
      self ?? "",
      lastSeenAt === undefined ? "" : relativeTime(lastSeenAt, now),
    ]);
    return [...tableLines([["CHANNEL", "ACCOUNT", "STATE", "AS", "LAST SEEN"], ...rows]), ...accounts.flatMap(trouble)];
  });
}

function trouble({ channel, account, problem }: ChannelStatus): string[] {
  return problem ? [`${channel}:${account}: ${problem.message}`, `  Fix: ${problem.fix}`] : [];
}
