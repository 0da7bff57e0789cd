/** Consent to a config that allows more than the one in force: shown first, then taken by the running Gateway. */
import type { PendingPolicy } from "../gateway/services.ts";
import { CliError } from "./cli-error.ts";
import type { Accepted } from "./config.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit.ts";
import { withGateway } from "./gateway-access.ts";
import { cancelled } from "./prompts.ts";
import { safeText } from "./text-table.ts";

type Asked = { readonly expect: string | undefined };

/** Throws CliError: without `expect` a person must say yes; the Gateway refuses a hash that is no longer pending. */
export function acceptPolicy({ expect }: Asked, context: CliContext): Promise<Accepted> {
  return withGateway(context, {}, async (gateway) => {
    const pending = await gateway.call<PendingPolicy | null>("policy.pending");
    if (!pending) return { policy: null, widened: [], restartKeys: [] };
    if (expect === undefined) await consent(context, pending);
    const hash = expect ?? pending.hash;
    const { restartKeys } = await gateway.call<{ restartKeys: readonly string[] }>("policy.accept", { hash });
    return { policy: hash, widened: pending.widened.map(({ sentence }) => sentence), restartKeys };
  });
}

async function consent({ print, prompts }: CliContext, { hash, widened, restartKeys }: PendingPolicy): Promise<void> {
  if (!prompts || !print.interactive) {
    throw new CliError("policy.consent_needed", `the config allows more than before:\n${lines(widened)}`, {
      fix: `if you want that: fased config accept --expect ${hash}`,
      exitCode: exitCodes.denied,
    });
  }
  print.line("The config allows more than before:");
  for (const { sentence } of widened) print.line(print.style.warn(`+ ${safeText(sentence)}`));
  if (restartKeys.length > 0) print.line(`After the next start of the Gateway: ${restartKeys.join(", ")}.`);
  const yes = await (await prompts()).confirm({ message: "Let it take effect?", suggested: "no" });
  if (!yes) throw cancelled();
}

const shownMax = 100;

function lines(widened: PendingPolicy["widened"]): string {
  const shown = widened.slice(0, shownMax).map(({ sentence }) => `+ ${safeText(sentence)}`);
  const more = widened.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more, in the Control UI`] : [])].join("\n");
}
