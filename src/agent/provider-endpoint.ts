/** Where a provider is, in which protocol, with which credential. */
import type { Secret } from "../platform/secret.ts";

/** `anthropic-messages` and the two of OpenAI; `offline` is the assistant that needs none. */
export type ProviderProtocol = "anthropic-messages" | "openai-responses" | "openai-completions";

export type ProviderEndpoint = {
  readonly provider: string;
  readonly protocol: ProviderProtocol;
  /** Unset: the provider's own public address. */
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  readonly headers?: Record<string, string>;
  /** The egress client's fetch: the one way out, with its address checks. */
  readonly fetch: typeof globalThis.fetch;
};
