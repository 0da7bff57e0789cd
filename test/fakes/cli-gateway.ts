/** A Gateway in memory and the command line beside it, on one state directory. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandPorts, commandTable } from "../../src/cli/commands.ts";
import { type CliOutcome, type CliRun, runCli } from "./cli.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { startTestGateway, type TestGateway, testToken } from "./gateway.ts";

export type CliGateway = TestGateway & {
  readonly clock: FakeClock;
  run(words: readonly string[], more?: Partial<CliRun>): Promise<CliOutcome>;
};

/** Nothing above the CLI is wanted. */
export const noPorts: CommandPorts = {
  startGateway: () => Promise.reject(new Error("no Gateway is started here")),
  exitNow: () => undefined,
  trySandbox: async () => ({ state: "unproven", code: "sandbox.missing", reason: "not here", fix: "install it" }),
};

export const commands = commandTable(noPorts);

export async function startCliGateway(): Promise<CliGateway> {
  const clock = createFakeClock();
  const gateway = await startTestGateway({ clock });
  writeFileSync(join(gateway.folder, ".env"), `FASED_GATEWAY_TOKEN=${testToken}\n`, { mode: 0o600 });
  return {
    ...gateway,
    clock,
    run: (words, more = {}) => runCli(words, { state: gateway.folder, commands, clock, ...more }),
  };
}
