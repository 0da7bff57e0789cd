/** Models: where they are chosen from, and what people do with their keys. */
import { type AuthProfiles, createAuthProfiles } from "../agent/auth-profiles.ts";
import { createAcceptedServers } from "../agent/local-servers.ts";
import { createModelSettings, type ModelSettings } from "../agent/model-settings.ts";
import { ProviderRegistry } from "../agent/provider-registry.ts";
import { createHttpClient } from "../platform/http-client.ts";
import type { Foundation } from "./foundation.ts";

export type Models = { readonly source: ProviderRegistry; readonly settings: ModelSettings; close(): Promise<void> };

export function createModels({ config, paths, environment, database, clock }: Foundation): Models {
  const profiles = new Map<string, AuthProfiles>();
  const ports = {
    config,
    environment,
    clock,
    profiles: (agent: string) => {
      const known = profiles.get(agent) ?? createAuthProfiles(paths.agent(agent).authProfiles);
      profiles.set(agent, known);
      return known;
    },
    accepted: createAcceptedServers(database),
    clientFor: (privateOrigins: readonly string[]) => createHttpClient({ privateOrigins }),
  };
  const source = new ProviderRegistry(ports);
  return { source, settings: createModelSettings(ports, source), close: () => source.close() };
}
