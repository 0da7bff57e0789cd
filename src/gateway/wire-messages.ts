/** Stored items as `chat.history` and final `chat` events show them. */
import type { Item } from "../sessions/item.ts";

export type WireMessage = {
  readonly id: number;
  readonly role: "user" | "assistant" | "toolResult" | "part" | "system";
  readonly content: readonly WireBlock[];
  readonly timestamp: number;
  readonly runId: string;
  /** Integrity of the label; `handle` brings a source back. */
  readonly integrity: string;
  readonly handle?: string;
  readonly speaker?: string;
  readonly author?: string;
  readonly toolCallId?: string;
  readonly toolName?: string;
  readonly isError?: boolean;
  readonly details?: unknown;
};

export type WireBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "toolCall"; readonly id: string; readonly name: string; readonly arguments: unknown };

export function wireMessage(item: Item): WireMessage {
  return {
    id: item.id,
    timestamp: item.at,
    runId: item.run,
    integrity: item.label.integrity,
    ...(item.handle === undefined ? {} : { handle: item.handle.id }),
    ...contentOf(item),
  };
}

type Content = Omit<WireMessage, "id" | "timestamp" | "runId" | "integrity" | "handle">;

const text = (value: string): readonly WireBlock[] => [{ type: "text", text: value }];

function contentOf({ content }: Item): Content {
  switch (content.kind) {
    case "user":
      return { role: "user", content: text(content.text), speaker: content.speaker };
    case "assistant":
      return { role: "assistant", content: text(content.text) };
    case "notice":
      return { role: "system", content: text(content.text) };
    case "part":
      return {
        role: "part",
        content: text(content.text),
        ...(content.author === undefined ? {} : { author: content.author }),
      };
    case "tool-call":
      return {
        role: "assistant",
        content: [
          { type: "toolCall", id: content.callId, name: content.tool, arguments: argumentsOf(content.argumentsText) },
        ],
      };
    case "tool-result":
      return {
        role: "toolResult",
        content: text(content.text),
        toolCallId: content.callId,
        toolName: content.tool,
        isError: content.failed,
        ...(content.details === undefined ? {} : { details: content.details }),
      };
  }
}

/** What a model wrote as arguments need not be JSON; then it is shown as it is. */
export function argumentsOf(argumentsText: string): unknown {
  try {
    return JSON.parse(argumentsText);
  } catch {
    return argumentsText;
  }
}
