/** From `agents.*.model` and what is there to use, to models that can be asked. Providers load on first use. */
import { createHash } from "node:crypto";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../platform/clock.ts";
import type { Environment } from "../platform/host.ts";
import type { HttpClient } from "../platform/http-client.ts";
import { Secret } from "../platform/secret.ts";
import type { AuthProfiles, Credential } from "./auth-profiles.ts";
import { knownProviders } from "./known-providers.ts";
import type { AcceptedServers } from "./local-servers.ts";
import { type Model, type ModelChoice, type ModelSource, offlineProvider, parseModelReference } from "./model.ts";
import { classifyModelError, ModelError } from "./model-error.ts";
import type { ProviderEndpoint, ProviderProtocol } from "./provider-endpoint.ts";

export type RegistryPorts = {
  readonly config: () => Config;
  readonly profiles: (agent: string) => AuthProfiles;
  readonly environment: Environment;
  readonly accepted: AcceptedServers;
  /** A client that may call exactly these private origins beside the public internet. */
  clientFor(privateOrigins: readonly string[]): HttpClient;
  readonly clock: Clock;
};

type Reference = { readonly provider: string; readonly id: string };

export class ProviderRegistry implements ModelSource {
  readonly #ports: RegistryPorts;
  readonly #clients = new Map<string, HttpClient>();
  readonly #models = new Map<string, { readonly signature: string; readonly model: Model }>();

  constructor(ports: RegistryPorts) {
    this.#ports = ports;
  }

  async choose(agent: string): Promise<readonly ModelChoice[]> {
    const references = this.references(agent);
    const choices: ModelChoice[] = [];
    let refused: unknown;
    for (const reference of references) {
      try {
        choices.push(await this.#choiceOf(reference, agent));
      } catch (error) {
        refused ??= error;
      }
    }
    if (choices.length === 0) throw refused;
    return choices;
  }

  /** What an agent would use, best first, before it is known whether each works. Never empty. */
  references(agent: string): readonly Reference[] {
    const { agents } = this.#ports.config();
    const model = (agents.list.find(({ id }) => id === agent) ?? agents.defaults).model;
    if (model?.primary !== undefined) return [model.primary, ...model.fallbacks].map(referenceOf);
    const usable = this.#usable(agent);
    return usable.length > 0 ? usable.slice(0, 1) : [{ provider: offlineProvider, id: offlineProvider }];
  }

  /** Where a provider is. `given` (a key that is being tested) goes before everything stored. Throws ModelError. */
  endpoint(provider: string, agent: string, given: Partial<Credential> = {}): ProviderEndpoint {
    const settings = this.#ports.config().models.providers[provider];
    const known = knownProviders[provider];
    const stored = this.stored(agent).find((credential) => credential.provider === provider);
    const protocol = protocolOf(settings?.api, provider) ?? known?.protocol ?? "openai-completions";
    const before = stored?.baseUrl ?? settings?.baseUrl ?? this.#localUrl(provider);
    const ownUrl = given.baseUrl ?? before;
    // A key is for the address it was stored with: trying another address needs the key again.
    const kept =
      ownUrl === before ? (stored?.apiKey ?? settings?.apiKey ?? this.keyInEnvironment(provider)) : undefined;
    const apiKey = given.apiKey ?? kept;
    if (apiKey === undefined && ownUrl === undefined) throw known ? noKey(provider) : unknownProvider(provider);
    const headers = settings?.headers && revealed(settings.headers);
    return { ...this.#address(provider, ownUrl), protocol, ...defined({ apiKey, headers }) };
  }

  #address(provider: string, ownUrl: string | undefined): Pick<ProviderEndpoint, "provider" | "baseUrl" | "fetch"> {
    const fetch = this.#clientOf(ownUrl, provider).fetchFor(`model provider ${provider}`);
    return { provider, fetch, ...defined({ baseUrl: ownUrl ?? knownProviders[provider]?.baseUrl }) };
  }

  #localUrl(provider: string): string | undefined {
    const server = this.#ports.accepted.list().find(({ kind }) => kind === provider);
    return server && `${server.origin}/v1`;
  }

  /** Credentials of the agent, then those of the default agent for providers that it has none for. */
  stored(agent: string): readonly Credential[] {
    const main = this.#ports.config().agents.list.find((candidate) => candidate.default)?.id ?? agent;
    const own = this.#ports.profiles(agent).list();
    if (main === agent) return own;
    const has = new Set(own.map(({ provider }) => provider));
    return [
      ...own,
      ...this.#ports
        .profiles(main)
        .list()
        .filter(({ provider }) => !has.has(provider)),
    ];
  }

  keyInEnvironment(provider: string): Secret | undefined {
    const variable = knownProviders[provider]?.keyVariable;
    const value = variable === undefined ? undefined : this.#ports.environment[variable];
    return value === undefined || value === "" ? undefined : new Secret(value);
  }

  /** The model behind an endpoint, built anew only when the endpoint changed. */
  async model(endpoint: ProviderEndpoint, id: string): Promise<Model> {
    const name = `${endpoint.provider}/${id}`;
    const signature = signatureOf(endpoint);
    const known = this.#models.get(name);
    if (known?.signature === signature) return known.model;
    const model = await load(endpoint, id);
    this.#models.set(name, { signature, model });
    return model;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
    this.#clients.clear();
  }

  async #choiceOf({ provider, id }: Reference, agent: string): Promise<ModelChoice> {
    if (provider === offlineProvider) return (await import("./providers/offline.ts")).offlineChoice(this.#ports.clock);
    return { provider, id, model: await this.model(this.endpoint(provider, agent), id) };
  }

  /** Without a configured model: stored keys in their order, keys in the environment, an accepted local server. */
  #usable(agent: string): Reference[] {
    const stored = this.stored(agent);
    const inEnvironment = Object.keys(knownProviders).filter((provider) => this.keyInEnvironment(provider));
    return [
      ...stored.map(({ provider, model }) => ({ provider, id: model ?? knownProviders[provider]?.defaultModel })),
      ...inEnvironment.map((provider) => ({ provider, id: knownProviders[provider]?.defaultModel })),
      ...this.#ports.accepted.list().map(({ kind, model }) => ({ provider: kind, id: model })),
    ].flatMap(({ provider, id }) => (id === undefined ? [] : [{ provider, id }]));
  }

  /** One client per private origin: a provider may call its own address, not another provider's. */
  #clientOf(baseUrl: string | undefined, provider: string): HttpClient {
    try {
      const origin = baseUrl === undefined ? "" : new URL(baseUrl).origin;
      const known = this.#clients.get(origin);
      if (known) return known;
      const client = this.#ports.clientFor(origin === "" ? [] : [origin]);
      this.#clients.set(origin, client);
      return client;
    } catch (error) {
      throw classifyModelError(error, provider);
    }
  }
}

async function load(endpoint: ProviderEndpoint, id: string): Promise<Model> {
  switch (endpoint.protocol) {
    case "anthropic-messages":
      return (await import("./providers/anthropic.ts")).createAnthropicModel(endpoint, id);
    case "openai-responses":
      return (await import("./providers/openai.ts")).createOpenAIModel(endpoint, id);
    case "openai-completions":
      return (await import("./providers/openai-compatible.ts")).createCompatibleModel(endpoint, id);
  }
}

function referenceOf(text: string): Reference {
  const reference = parseModelReference(text);
  if (reference) return reference;
  throw new ModelError({
    code: "model.unknown_provider",
    what: `\`${text}\` names no provider.`,
    why: "",
    fix: "Write it as `provider/model`, for example `anthropic/claude-sonnet-5-5`.",
  });
}

function protocolOf(api: Config["models"]["providers"][string]["api"], provider: string): ProviderProtocol | undefined {
  if (api !== "google-generative-ai") return api;
  throw new ModelError({
    code: "model.unknown_provider",
    what: `Provider \`${provider}\` speaks \`google-generative-ai\`, which this version does not.`,
    why: "",
    fix: 'Use the provider\'s OpenAI-compatible address with `api: "openai-completions"`.',
  });
}

function noKey(provider: string): ModelError {
  return new ModelError({
    code: "model.no_key",
    what: `There is no API key for ${provider}.`,
    why: "",
    fix: `Enter one on the Models page, or run \`fased models auth add ${provider}\`.`,
  });
}

function unknownProvider(provider: string): ModelError {
  return new ModelError({
    code: "model.unknown_provider",
    what: `Provider \`${provider}\` is not configured.`,
    why: "",
    fix: `Set \`models.providers.${provider}.baseUrl\`, or accept the local server on the Models page. An address that is new in the config waits for consent: \`fased config accept\`.`,
  });
}

function revealed(headers: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
}

/** An object without its undefined values. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Tells two endpoints apart without keeping the key. */
function signatureOf({ protocol, baseUrl, apiKey, headers }: ProviderEndpoint): string {
  const parts = JSON.stringify([protocol, baseUrl, apiKey?.reveal(), headers]);
  return createHash("sha256").update(parts).digest("hex");
}
