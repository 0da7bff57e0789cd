/**
 * What a tool is. A tool plans (facts for the policy, nothing happens), then runs with the sealed proof that exactly
 * this call was allowed. It has no ambient authority: everything it can touch is in the turn it is handed.
 */
import type * as z from "zod";
import type { ReplyTarget } from "../channels/contract.ts";
import type { Config } from "../config/schema.ts";
import type { Authorized } from "../guard/authorized.ts";
import type { Clock } from "../platform/clock.ts";
import type { FileCap } from "../platform/file-cap.ts";
import type { HttpClient } from "../platform/http-client.ts";
import type { Audience, Label } from "../policy/label.ts";
import type { Path, Principal, Request, SandboxState } from "../policy/request.ts";
import type { Sink } from "../policy/sink.ts";

/** What RFC 8785 can canonicalise. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type ToolRequest = Request & { readonly action: Extract<Request["action"], { kind: "tool.call" }> };

/** What the approver sees, made from the canonical call only; nothing in it comes from the model's prose. */
export type Card = {
  /** One sentence: who asks for what. */
  readonly title: string;
  /** The exact bytes: argv, recipient and body, URL. Control characters are made visible by the renderer. */
  readonly exactly: readonly { readonly label: string; readonly text: string; readonly mono: boolean }[];
  readonly where: "sandbox" | "host" | "network" | "channel" | "gateway" | "client";
  readonly diffs?: readonly { readonly path: string; readonly diff: string }[];
};

export type ToolPlan = {
  readonly sink: Sink;
  readonly sandbox: SandboxState;
  readonly toolAction?: string;
  /** Hashed with session, principal, label, epoch and nonce; the executor computes it again before it acts. */
  readonly canonical: Json;
  readonly card: Card;
  /** For the ledger: no secret, no body. */
  readonly summary: string;
};

export type ToolResult = {
  /** For the model; external content is already wrapped. */
  readonly text: string;
  readonly label: Label;
  readonly failed: boolean;
  /** For tool cards in the UI. */
  readonly details?: Json;
  /** Where the content came from, for the handle: host of a fetch, path of a file. */
  readonly origin?: string;
};

/** What the model's window holds, as far as rules ask for it. */
export type TurnWindow = {
  /** Join of everything in the window now. */
  label(): Label;
  /** What owners (in rooms: listed persons) typed themselves, newest last; pasted parts over 500 characters are left out. */
  namingMessages(): readonly { readonly text: string; readonly at: number }[];
  /** Pages fetched in this window, with the links found on them. */
  pages(): readonly { readonly url: string; readonly links: readonly string[] }[];
  /** Fetches already made in this turn under an untrusted label. */
  taintedFetches(): number;
};

export type ToolTurn = {
  readonly run: string;
  readonly agent: string;
  readonly session: string;
  readonly principal: Principal;
  readonly path: Path;
  readonly audience: Audience;
  readonly replyTarget: ReplyTarget;
  /** Provider id of the model that asked, for `tools.byProvider`. */
  readonly provider: string;
  readonly window: TurnWindow;
  readonly workspace: { readonly root: string; readonly files: FileCap };
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly config: Config;
  readonly signal: AbortSignal;
  /** Progress of a long call, for people: last lines of output. */
  progress(text: string): void;
};

/** A call that was allowed: the seal, and the plan that was decided on. */
export type AllowedCall = { readonly authorized: Authorized<ToolRequest>; readonly plan: ToolPlan };

export type ToolSpec<Arguments> = {
  readonly name: string;
  readonly description: string;
  readonly parameters: z.ZodType<Arguments>;
  /** Reads, never changes. Throws ToolError for arguments that can never work. */
  plan(input: Arguments, turn: ToolTurn): Promise<ToolPlan>;
  run(call: AllowedCall, input: Arguments, turn: ToolTurn): Promise<ToolResult>;
};

/** A failure that the model should read: what, where, what to do instead. */
export class ToolError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
