/** What a command can try on this machine: the sandbox, and whether the Gateway answers. */
import type { SandboxFacts } from "../audit/facts.ts";
import type { Deep } from "../audit/finding.ts";
import type { ConfigPaths } from "../config/load.ts";
import type { SandboxReport } from "../tools/exec/sandbox.ts";
import { asCliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { withGateway } from "./gateway-access.ts";

export type SandboxPort = {
  /** Runs an empty command in the sandbox. Never rejects. */
  trySandbox(paths: ConfigPaths): Promise<SandboxReport>;
};

export async function probeSandbox({ trySandbox }: SandboxPort, context: CliContext): Promise<SandboxFacts> {
  const report = await trySandbox(context.paths());
  return report.state === "proven" ? { ...report, code: "sandbox.proven", reason: "", fix: "" } : report;
}

export async function probeGateway(context: CliContext): Promise<Deep["gateway"]> {
  try {
    const url = await withGateway(context, {}, async (gateway) => {
      await gateway.call("health");
      return gateway.url;
    });
    return { attempted: true, url, ok: true, error: null };
  } catch (error) {
    return { attempted: true, url: null, ok: false, error: asCliError(error).message };
  }
}
