/** Whatever speaks the Chat Completions protocol: hosted services, Ollama, llama-server. Loaded on first use. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { Model } from "../model.ts";
import { ModelError } from "../model-error.ts";
import type { ProviderEndpoint } from "../provider-endpoint.ts";

export function createCompatibleModel(endpoint: ProviderEndpoint, modelId: string): Model {
  if (endpoint.baseUrl === undefined) {
    throw new ModelError({
      code: "model.unknown_provider",
      what: `The address of provider \`${endpoint.provider}\` is not known.`,
      why: "",
      fix: `Set \`models.providers.${endpoint.provider}.baseUrl\`.`,
    });
  }
  const provider = createOpenAICompatible({
    name: endpoint.provider,
    baseURL: endpoint.baseUrl,
    fetch: endpoint.fetch,
    includeUsage: true,
    ...(endpoint.apiKey === undefined ? {} : { apiKey: endpoint.apiKey.reveal() }),
    ...(endpoint.headers === undefined ? {} : { headers: endpoint.headers }),
  });
  return provider(modelId);
}
