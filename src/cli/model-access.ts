/** Models and their keys: by the running Gateway, else straight on the stores of this state directory. */
import { createAuthProfiles } from "../agent/auth-profiles.ts";
import { acceptedServersMigrations, createAcceptedServers } from "../agent/local-servers.ts";
import { ModelError } from "../agent/model-error.ts";
import { createModelSettings, type ModelSettings } from "../agent/model-settings.ts";
import { ProviderRegistry } from "../agent/provider-registry.ts";
import type { Config } from "../config/schema.ts";
import type { ModelView, ProviderAuth } from "../gateway/services.ts";
import { openDatabase } from "../platform/database.ts";
import { fileFacts } from "../platform/files.ts";
import { createHttpClient } from "../platform/http-client.ts";
import type { Secret } from "../platform/secret.ts";
import { statePaths } from "../platform/state-paths.ts";
import { CliError } from "./cli-error.ts";
import type { CliContext } from "./context.ts";
import { type GatewayFlags, withGatewayOrDisk } from "./gateway-access.ts";
import type { GatewayConnection } from "./gateway-client.ts";

export type NewKey = {
  readonly provider: string;
  readonly apiKey: Secret | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
};

export type Tested = { readonly provider: string; readonly model: string; readonly latencyMs: number };

export type ModelAccess = {
  list(): Promise<readonly ModelView[]>;
  providers(): Promise<readonly ProviderAuth[]>;
  /** Tests with a live call, then stores. Rejects with what the provider said. */
  configure(key: NewKey): Promise<Tested>;
  clear(provider: string): Promise<"cleared" | "absent">;
};

export function withModels<T>(
  context: CliContext,
  flags: GatewayFlags,
  use: (models: ModelAccess) => Promise<T>,
): Promise<T> {
  return withGatewayOrDisk(context, flags, {
    live: (gateway) => use(liveModels(gateway)),
    local: () => withStoredModels(context, use),
  });
}

/** A provider may take its time to answer a test. */
const testTimeoutMs = 60_000;

function liveModels(gateway: GatewayConnection): ModelAccess {
  return {
    list: async () => (await gateway.call<{ models: readonly ModelView[] }>("models.list")).models,
    providers: async () => (await gateway.call<{ providers: readonly ProviderAuth[] }>("models.auth.status")).providers,
    configure: ({ provider, apiKey, baseUrl, model }) =>
      gateway.call<Tested>(
        "models.auth.configure",
        {
          provider,
          ...(apiKey === undefined ? {} : { apiKey: apiKey.reveal() }),
          ...(baseUrl === undefined ? {} : { baseUrl }),
          ...(model === undefined ? {} : { model }),
        },
        { timeoutMs: testTimeoutMs },
      ),
    clear: async (provider) =>
      (await gateway.call<{ outcome: "cleared" | "absent" }>("models.auth.clear", { provider })).outcome,
  };
}

async function withStoredModels<T>(context: CliContext, use: (models: ModelAccess) => Promise<T>): Promise<T> {
  const { config, paths } = context.load();
  const state = statePaths(paths.state);
  const { exists } = await fileFacts(state.stateDatabase);
  const schema = { acceptedServers: acceptedServersMigrations };
  const database = openDatabase(exists ? state.stateDatabase : ":memory:", schema);
  const ports = {
    config: () => config,
    environment: context.environment,
    clock: context.clock,
    profiles: (agent: string) => createAuthProfiles(state.agent(agent).authProfiles),
    accepted: createAcceptedServers(database),
    clientFor: (privateOrigins: readonly string[]) => createHttpClient({ privateOrigins }),
  };
  const registry = new ProviderRegistry(ports);
  try {
    return await use(storedModels(createModelSettings(ports, registry), defaultAgent(config)));
  } finally {
    await registry.close();
    await database.close();
  }
}

function storedModels(settings: ModelSettings, agent: string): ModelAccess {
  return {
    list: async () => settings.list(agent),
    providers: async () => settings.status(agent),
    async configure({ apiKey, ...key }) {
      try {
        return await settings.configure({ ...key, agent, apiKey: apiKey?.reveal() });
      } catch (error) {
        throw error instanceof ModelError ? worded(error) : error;
      }
    },
    clear: (provider) => settings.clear(agent, provider),
  };
}

function worded({ code, failure: { what, why, fix } }: ModelError): CliError {
  return new CliError(code, [what, why].filter((sentence) => sentence !== "").join(" "), { fix });
}

function defaultAgent({ agents }: Config): string {
  return (agents.list.find((agent) => agent.default) ?? agents.list[0])?.id ?? "main";
}
