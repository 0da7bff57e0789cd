/** Before the first start there is no config: what is judged then is the one that this start would write. */
import { randomBytes } from "node:crypto";
import { firstConfigText } from "../config/first-run.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import type { Environment } from "../platform/host.ts";
import type { SandboxFacts } from "./facts.ts";

export type ToJudge = {
  readonly loaded: LoadedConfig;
  readonly environment: Environment;
  readonly sandbox: SandboxFacts;
};

/** What is there, or stands in for what the first start writes. Reads, never writes. */
export function configToJudge({ loaded, environment, sandbox }: ToJudge): LoadedConfig {
  if (loaded.status !== "absent") return loaded;
  const { state, config } = loaded.paths;
  // The first start makes a token where there is none; which one it is makes no difference to any finding.
  const token = loaded.config.gateway.auth.token?.reveal() ?? randomBytes(32).toString("base64url");
  const here = { ...environment, FASED_STATE_DIR: state, FASED_CONFIG_PATH: config, FASED_GATEWAY_TOKEN: token };
  const text = firstConfigText(sandbox.state === "unproven" ? "not proven" : "proven");
  return loadConfig({ environment: here, text });
}
