/** `fased undo` and `fased keep`: take back, or adopt, what the last turn changed in the workspace. */
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import { type GatewayFlags, gatewayOptions, withGateway } from "./gateway-access.ts";
import { mainSession } from "./main-session.ts";
import type { RegisterCommand } from "./program.ts";
import { counted, safeText } from "./text-table.ts";

type Flags = GatewayFlags & { readonly session?: string };

export const registerUndo: RegisterCommand = (program, context) => {
  gatewayOptions(program.command("undo"))
    .description("take back what the last turn changed in the workspace")
    .option("--session <key>", "of this conversation; else of your main one")
    .addHelpText("after", "\nFiles that were changed since are left alone and named.\n\nExample:\n  fased undo")
    .action((flags: Flags) => undo(context(), flags));
};

export const registerKeep: RegisterCommand = (program, context) => {
  gatewayOptions(program.command("keep"))
    .description("adopt what the last turn changed: those files count as yours")
    .option("--session <key>", "of this conversation; else of your main one")
    .addHelpText("after", "\nExample:\n  fased keep --session agent:main:main")
    .action((flags: Flags) => keep(context(), flags));
};

async function undo(context: CliContext, flags: Flags): Promise<void> {
  const changed = await withGateway(context, flags, async (gateway) =>
    gateway.call<{ restored: readonly string[]; skipped: readonly string[] }>("sessions.undo", {
      sessionKey: flags.session ?? (await mainSession(gateway)),
      idempotencyKey: crypto.randomUUID(),
    }),
  );
  const { restored, skipped } = changed;
  if (skipped.length > 0) context.outcome.code = exitCodes.failed;
  context.print.result(changed, () => {
    if (restored.length + skipped.length === 0) return "The last turn changed nothing.";
    return [
      `Took back ${counted(restored.length, "change")}.`,
      ...restored.map((path) => `  ${safeText(path)}`),
      ...skipped.map((path) => `! ${safeText(path)} was changed since and stays as it is`),
    ];
  });
}

async function keep(context: CliContext, flags: Flags): Promise<void> {
  const adopted = await withGateway(context, flags, async (gateway) =>
    gateway.call<{ kept: readonly string[] }>("sessions.keep", {
      sessionKey: flags.session ?? (await mainSession(gateway)),
      idempotencyKey: crypto.randomUUID(),
    }),
  );
  context.print.result(adopted, () => {
    if (adopted.kept.length === 0) return "The last turn changed nothing.";
    return [
      `Yours now: ${counted(adopted.kept.length, "file")}.`,
      ...adopted.kept.map((path) => `  ${safeText(path)}`),
    ];
  });
}
