/** Choices of the turn loop over the scripted model server, one per protocol. */
import type { ModelChoice } from "../../../src/agent/model.ts";
import { createAnthropicModel } from "../../../src/agent/providers/anthropic.ts";
import { createOpenAIModel } from "../../../src/agent/providers/openai.ts";
import { createCompatibleModel } from "../../../src/agent/providers/openai-compatible.ts";
import { Secret } from "../../../src/platform/secret.ts";

export const scriptedKey = "sk-scripted-0123456789";

export const protocols = ["openai-completions", "openai-responses", "anthropic-messages"] as const;
export type Protocol = (typeof protocols)[number];

const makers = {
  "openai-completions": createCompatibleModel,
  "openai-responses": createOpenAIModel,
  "anthropic-messages": createAnthropicModel,
};

export function scriptedChoice(origin: string, protocol: Protocol = "openai-completions"): ModelChoice {
  const endpoint = {
    provider: "scripted",
    protocol,
    baseUrl: `${origin}/v1`,
    apiKey: new Secret(scriptedKey),
    fetch: globalThis.fetch,
  };
  return { provider: "scripted", id: "scripted", model: makers[protocol](endpoint, "scripted") };
}
