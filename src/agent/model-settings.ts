/** What people do with models: see which there are, enter a key (tested live before it is stored), accept a local server. */
import { Secret } from "../platform/secret.ts";
import { askModel } from "./ask-model.ts";
import { knownProviders } from "./known-providers.ts";
import { findLocalServers, type LocalServer, type Probe } from "./local-servers.ts";
import { offlineProvider } from "./model.ts";
import { ModelError } from "./model-error.ts";
import type { ProviderRegistry, RegistryPorts } from "./provider-registry.ts";

const testTimeoutMs = 30_000;
const testAnswerCharsMax = 2_000;

export type ModelListing = {
  /** `provider/model`. */
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly available: boolean;
  readonly unavailableReason?: "missing-auth";
  readonly contextWindow?: number;
};

export type ProviderStatus = {
  readonly provider: string;
  readonly state: "ok" | "missing" | "failed";
  /** `profile`, `config` or the name of the environment variable; never the value. */
  readonly source?: string;
  readonly problem?: string;
};

export type NewCredential = {
  readonly agent: string;
  readonly provider: string;
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
};

export type TestedProvider = { readonly provider: string; readonly model: string; readonly latencyMs: number };

export type ModelSettings = {
  list(agent: string): readonly ModelListing[];
  status(agent: string): readonly ProviderStatus[];
  /** One small request with the credential. Rejects with ModelError; stores nothing. */
  testProvider(credential: NewCredential): Promise<TestedProvider>;
  /** Tests, then stores. Rejects with ModelError and stores nothing when the test fails. */
  configure(credential: NewCredential): Promise<TestedProvider>;
  clear(agent: string, provider: string): Promise<"cleared" | "absent">;
  localServers(): Promise<readonly LocalServer[]>;
  /** Only a server that is found now can be accepted, with a model that it has. */
  acceptLocal(choice: { readonly origin: string; readonly model: string }): Promise<void>;
};

export function createModelSettings(
  ports: RegistryPorts & Pick<Probe, "places">,
  registry: ProviderRegistry,
): ModelSettings {
  const localServers = () => findLocalServers(ports);
  const testProvider = (credential: NewCredential) => test(registry, credential, ports);
  return {
    list: (agent) => list(registry, ports, agent),
    status: (agent) => status(registry, ports, agent),
    testProvider,
    configure: async (credential) => {
      const tested = await testProvider(credential);
      const { agent, provider, apiKey, baseUrl } = credential;
      await ports.profiles(agent).save({
        provider,
        model: tested.model,
        ...(apiKey === undefined ? {} : { apiKey: new Secret(apiKey) }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
      });
      return tested;
    },
    clear: (agent, provider) => ports.profiles(agent).clear(provider),
    localServers,
    acceptLocal: async ({ origin, model }) => {
      const server = (await localServers()).find((found) => found.origin === origin);
      if (!server?.models.includes(model)) throw notFound(origin, model);
      await ports.accepted.accept({ origin, kind: server.kind, model }, ports.clock.now());
    },
  };
}

async function test(
  registry: ProviderRegistry,
  credential: NewCredential,
  { clock }: RegistryPorts,
): Promise<TestedProvider> {
  const { agent, provider, apiKey, baseUrl } = credential;
  const id = credential.model ?? knownProviders[provider]?.defaultModel;
  if (id === undefined) throw modelMissing(provider);
  const endpoint = registry.endpoint(provider, agent, {
    ...(apiKey === undefined ? {} : { apiKey: new Secret(apiKey) }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  const startedAt = clock.now();
  await askModel({
    choice: { provider, id, model: await registry.model(endpoint, id) },
    messages: [{ role: "user", content: [{ type: "text", text: "Answer with the word ok." }] }],
    tools: [],
    signal: AbortSignal.timeout(testTimeoutMs),
    clock,
    outputCharsMax: testAnswerCharsMax,
    onText: () => undefined,
  });
  return { provider, model: id, latencyMs: clock.now() - startedAt };
}

type Listed = {
  readonly provider: string;
  readonly id: string;
  readonly name?: string;
  readonly contextWindow?: number;
};

/** Chosen, listed in the config, accepted, known: each model once. */
function list(registry: ProviderRegistry, ports: RegistryPorts, agent: string): ModelListing[] {
  const usable = status(registry, ports, agent).filter(({ state }) => state === "ok");
  const available = new Set(usable.map(({ provider }) => provider));
  const byReference = new Map(listed(registry, ports, agent).map((entry) => [`${entry.provider}/${entry.id}`, entry]));
  const entries = [...byReference].map(([id, { provider, id: model, name, contextWindow }]) => ({
    id,
    name: name ?? model,
    provider,
    available: available.has(provider),
    ...(available.has(provider) ? {} : { unavailableReason: "missing-auth" as const }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
  }));
  return [...entries, offlineListing];
}

const offlineListing: ModelListing = {
  id: "offline/offline-assistant",
  name: "Offline assistant",
  provider: offlineProvider,
  available: true,
};

function listed(registry: ProviderRegistry, { config, accepted }: RegistryPorts, agent: string): Listed[] {
  const { providers, mode } = config().models;
  const chosen = registry.references(agent).filter(({ provider }) => provider !== offlineProvider);
  const local = accepted.list().map(({ kind, model }) => ({ provider: kind, id: model }));
  const known = Object.entries(knownProviders).map(([provider, { defaultModel }]) => ({ provider, id: defaultModel }));
  const configured = Object.entries(providers).flatMap(([provider, settings]) =>
    settings.models.map(({ id, name, contextWindow }) => ({
      provider,
      id,
      ...(name === undefined ? {} : { name }),
      ...(contextWindow === undefined ? {} : { contextWindow }),
    })),
  );
  // What the config says of a model comes last: it holds its name and window.
  return [...chosen, ...local, ...(mode === "replace" ? [] : known), ...configured];
}

function status(registry: ProviderRegistry, { config, accepted }: RegistryPorts, agent: string): ProviderStatus[] {
  const settings = config().models.providers;
  const stored = registry.stored(agent);
  const local = accepted.list().map(({ kind }) => kind);
  const names = new Set([
    ...stored.map(({ provider }) => provider),
    ...Object.keys(settings),
    ...local,
    ...Object.keys(knownProviders),
  ]);
  return [...names].map((provider): ProviderStatus => {
    if (stored.some((entry) => entry.provider === provider)) return { provider, state: "ok", source: "profile" };
    const setting = settings[provider];
    if (setting?.apiKey !== undefined || setting?.baseUrl !== undefined)
      return { provider, state: "ok", source: "config" };
    if (local.some((kind) => kind === provider)) return { provider, state: "ok", source: "local" };
    const variable = knownProviders[provider]?.keyVariable;
    if (variable !== undefined && registry.keyInEnvironment(provider))
      return { provider, state: "ok", source: variable };
    return { provider, state: "missing" };
  });
}

function modelMissing(provider: string): ModelError {
  return new ModelError({
    code: "model.not_found",
    what: `No model of ${provider} was named.`,
    why: "",
    fix: "Give the model's id as the provider spells it.",
  });
}

function notFound(origin: string, model: string): ModelError {
  return new ModelError({
    code: "model.unreachable",
    what: `No model server with \`${model}\` answers at ${origin}.`,
    why: "",
    fix: "Start it, load the model, and look for local servers again.",
  });
}
