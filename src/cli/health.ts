/** `fased health`: whether the Gateway answers and is ready, for people and for monitors. */
import type { ChannelStatus } from "../channels/contract.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import type { RegisterCommand } from "./program.ts";
import { tableLines } from "./text-table.ts";

const examples = `
Exit codes: 0 ready, 1 not ready (starting, stopping or recovery mode), 69 no answer.

Examples:
  fased health
  fased health --timeout 2000 --json`;

export const registerHealth: RegisterCommand = (program, context) => {
  gatewayOptions(program.command("health"))
    .description("whether the Gateway answers and is ready")
    .addHelpText("after", examples)
    .action((flags: GatewayFlags) => health(context(), flags));
};

type HealthFrame = {
  readonly ok?: true;
  readonly ts: number;
  readonly defaultAgentId: string;
  readonly channels: Readonly<Record<string, ChannelStatus>>;
};

async function health(context: CliContext, flags: GatewayFlags): Promise<void> {
  const { clock, print, outcome } = context;
  const startedAt = clock.now();
  const frame = await withGateway(context, flags, (gateway) => gateway.call<HealthFrame>("health"));
  const durationMs = clock.now() - startedAt;
  const ready = frame.ok === true;
  if (!ready) outcome.code = exitCodes.failed;
  print.result({ ok: ready, durationMs, ...frame }, () => [
    ready
      ? print.style.success(`Ready; answered in ${durationMs} ms.`)
      : print.style.warn("It answers but is not ready: see `fased status`."),
    ...tableLines(Object.values(frame.channels).map(({ channel, account, state }) => [channel, account, state])),
  ]);
}
