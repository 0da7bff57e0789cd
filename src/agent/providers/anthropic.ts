/** Claude models over the Anthropic Messages API. Loaded on the first turn that needs it. */
import { createAnthropic } from "@ai-sdk/anthropic";
import type { Model } from "../model.ts";
import type { ProviderEndpoint } from "../provider-endpoint.ts";

export function createAnthropicModel(endpoint: ProviderEndpoint, modelId: string): Model {
  const provider = createAnthropic({
    apiKey: endpoint.apiKey?.reveal() ?? "",
    fetch: endpoint.fetch,
    ...(endpoint.baseUrl === undefined ? {} : { baseURL: endpoint.baseUrl }),
    ...(endpoint.headers === undefined ? {} : { headers: endpoint.headers }),
  });
  return provider(modelId);
}
