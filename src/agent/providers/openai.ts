/** OpenAI's own models, over the Responses API. Loaded on the first turn that needs it. */
import { createOpenAI } from "@ai-sdk/openai";
import type { Model } from "../model.ts";
import type { ProviderEndpoint } from "../provider-endpoint.ts";

export function createOpenAIModel(endpoint: ProviderEndpoint, modelId: string): Model {
  const provider = createOpenAI({
    apiKey: endpoint.apiKey?.reveal() ?? "",
    fetch: endpoint.fetch,
    ...(endpoint.baseUrl === undefined ? {} : { baseURL: endpoint.baseUrl }),
    ...(endpoint.headers === undefined ? {} : { headers: endpoint.headers }),
  });
  return provider.responses(modelId);
}
