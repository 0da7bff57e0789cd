/** Claude models over the Anthropic Messages API. Loaded on the first turn that needs it. */
import { createAnthropic } from "@ai-sdk/anthropic";
import type { Model } from "../model.ts";
import type { ProviderEndpoint } from "../provider-endpoint.ts";

export function createAnthropicModel(endpoint: ProviderEndpoint, modelId: string): Model {
  const provider = createAnthropic({
    apiKey: endpoint.apiKey?.reveal() ?? "",
    fetch: endpoint.fetch,
    ...(endpoint.baseUrl === undefined ? {} : { baseURL: withVersion(endpoint.baseUrl) }),
    ...(endpoint.headers === undefined ? {} : { headers: endpoint.headers }),
  });
  return provider(modelId);
}

/** The package wants the version in the address; people write it with and without. */
function withVersion(baseUrl: string): string {
  const plain = baseUrl.replace(/\/+$/, "");
  return new URL(plain).pathname === "/" ? `${plain}/v1` : plain;
}
