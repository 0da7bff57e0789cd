/** What starts a turn, what it tells while it runs, and how it ends. */
import type { ReplyTarget } from "../channels/contract.ts";
import type { Audience, Label } from "../policy/label.ts";
import type { Path, Principal } from "../policy/request.ts";

export type TurnInput = {
  readonly run: string;
  readonly agent: string;
  readonly session: string;
  readonly principal: Principal;
  readonly path: Path;
  readonly audience: Audience;
  readonly replyTarget: ReplyTarget;
  /** `message`: the opening items are stored already. `approval`: a parked run goes on. `restart`: a run that a crash cut. */
  readonly start:
    | { readonly kind: "message" }
    | { readonly kind: "approval"; readonly approvalId: string }
    | { readonly kind: "restart" };
};

export type TurnEvent =
  | { readonly kind: "text"; readonly delta: string }
  | { readonly kind: "tool-started"; readonly callId: string; readonly tool: string; readonly argumentsText: string }
  | { readonly kind: "tool-progress"; readonly callId: string; readonly text: string }
  | {
      readonly kind: "tool-finished";
      readonly callId: string;
      readonly tool: string;
      readonly failed: boolean;
      readonly text: string;
      readonly details?: unknown;
    }
  | { readonly kind: "parked"; readonly approvalId: string; readonly words: string }
  | { readonly kind: "label"; readonly label: Label };

export type Usage = { readonly inputTokens: number; readonly outputTokens: number };

export type TurnOutcome =
  | { readonly kind: "answered"; readonly text: string; readonly label: Label; readonly usage: Usage }
  | { readonly kind: "parked"; readonly approvalId: string; readonly words: string; readonly text: string }
  | { readonly kind: "aborted"; readonly text: string }
  /** `message` says what, why and what to do; `code` is stable (`model.unauthorized`, `turn.steps_exceeded` …). */
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface TurnRunner {
  /** Runs to its end, or to the point where it parks. Never rejects; aborting `signal` ends it with `aborted`. */
  run(input: TurnInput, onEvent: (event: TurnEvent) => void, signal: AbortSignal): Promise<TurnOutcome>;
}
