/**
 * The Model port: the `LanguageModel` interface of the AI SDK, of which the turn loop uses `doStream` alone. The
 * offline assistant, the providers over HTTP and the scripted models of tests all stand behind it.
 */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
} from "@ai-sdk/provider";

export type Model = LanguageModelV4;
export type ModelMessage = LanguageModelV4Message;
export type ModelRequest = LanguageModelV4CallOptions;
export type ModelPart = LanguageModelV4StreamPart;
export type ModelTool = LanguageModelV4FunctionTool;

export const offlineProvider = "offline";

/** A model that is ready to be asked. */
export type ModelChoice = {
  /** Provider id, as policy layers and people know it. */
  readonly provider: string;
  readonly id: string;
  readonly model: Model;
};

export interface ModelSource {
  /**
   * The models that answer for an agent, best first: the configured one and its fallbacks, else the first usable
   * provider, else the offline assistant. Never empty. Throws ModelError when what is configured cannot be used.
   */
  choose(agent: string): Promise<readonly ModelChoice[]>;
}

/** `provider/model`; the model's own name may hold slashes. Undefined for anything else. */
export function parseModelReference(text: string): { readonly provider: string; readonly id: string } | undefined {
  const slash = text.indexOf("/");
  if (slash < 1 || slash === text.length - 1) return undefined;
  return { provider: text.slice(0, slash), id: text.slice(slash + 1) };
}
