/** One entry of a conversation, as it is stored: with the label it had and, where it has a source, the handle that brings it back. */
import type { Label } from "../policy/label.ts";

/** What the trunk keeps of a source: enough to ask for it again, nothing that could instruct. */
export type Handle = {
  readonly id: string;
  readonly kind: "tool-result" | "quoted" | "forwarded" | "attachment";
  readonly host?: string;
  readonly at: number;
  readonly hash: string;
};

export type ToolCallContent = { readonly callId: string; readonly tool: string; readonly argumentsText: string };

/**
 * `user` and `assistant` stay visible in later turns; `part` (quoted, forwarded, attached), `tool-call` and
 * `tool-result` are sources: they last one turn, afterwards the trunk shows their handle only. `notice` is the
 * Gateway's own word (an approval was given, an outcome is unknown).
 */
export type ItemContent =
  | { readonly kind: "user"; readonly text: string; readonly speaker: string }
  | { readonly kind: "assistant"; readonly text: string }
  | { readonly kind: "part"; readonly text: string; readonly author?: string }
  | ({ readonly kind: "tool-call" } & ToolCallContent)
  | {
      readonly kind: "tool-result";
      readonly callId: string;
      readonly tool: string;
      readonly text: string;
      readonly failed: boolean;
      /** For tool cards: exit code, duration, sandbox badge, diff. */
      readonly details?: unknown;
    }
  | {
      readonly kind: "notice";
      readonly text: string;
      /** Set on the notice that ends a run without an answer. */
      readonly ends?: "failed" | "aborted";
      /** Stable code of that end. */
      readonly code?: string;
      /** The answer to a command: it names files and senders as others named them, so no model reads it. */
      readonly shownTo?: "people";
    };

export type NewItem = {
  readonly run: string;
  readonly content: ItemContent;
  readonly label: Label;
  readonly handle?: Handle;
  readonly at: number;
};

export type Item = NewItem & { readonly id: number; readonly session: string };
