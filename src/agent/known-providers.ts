/** Providers that need no address in the config. Everything else is a `models.providers` entry. */
import type { ProviderProtocol } from "./provider-endpoint.ts";

export type KnownProvider = {
  readonly protocol: ProviderProtocol;
  /** Unset: the address inside the provider package. */
  readonly baseUrl?: string;
  /** Environment variable that may hold the key. */
  readonly keyVariable: string;
  /** Used when a key is all that is configured. */
  readonly defaultModel: string;
};

export const knownProviders: Readonly<Record<string, KnownProvider>> = {
  anthropic: { protocol: "anthropic-messages", keyVariable: "ANTHROPIC_API_KEY", defaultModel: "claude-sonnet-5-5" },
  openai: { protocol: "openai-responses", keyVariable: "OPENAI_API_KEY", defaultModel: "gpt-5.4" },
  openrouter: {
    protocol: "openai-completions",
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariable: "OPENROUTER_API_KEY",
    defaultModel: "openrouter/auto",
  },
};
