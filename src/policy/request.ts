/** What is asked of the policy engine. Plain data: serialisable, comparable, without behaviour. */
import type { Audience, Label } from "./label.ts";
import type { Sink } from "./sink.ts";

export const scopes = [
  "operator.admin",
  "operator.read",
  "operator.write",
  "operator.approvals",
  "operator.pairing",
] as const;
export type Scope = (typeof scopes)[number];

/**
 * Who asks. A principal is (channel, account, immutable provider id) or an authenticated operator.
 * Display names never appear here.
 */
export type Principal =
  | {
      readonly kind: "operator";
      /** Device id, or `shared` for shared-secret authentication without a device. */
      readonly id: string;
      readonly scopes: readonly Scope[];
      readonly via: "webchat" | "cli" | "http";
    }
  | {
      readonly kind: "sender";
      readonly channel: string;
      readonly account: string;
      readonly id: string;
      /** `mutable`: the provider does not vouch for the id (IRC without account-tag): never owner, never approver. */
      readonly identity: "immutable" | "mutable";
    };

/** On which way the request came in. */
export type Path =
  | { readonly kind: "control"; readonly transport: "ws" | "http" | "cli" }
  | { readonly kind: "direct"; readonly channel: string; readonly account: string }
  | {
      readonly kind: "group";
      readonly channel: string;
      readonly account: string;
      readonly group: string;
      readonly topic?: string;
      /** `undetectable`: the channel cannot tell and no pattern exists. */
      readonly mention: "mentioned" | "unmentioned" | "undetectable";
    };

/** From where the turns that come in on a path call their tools. Sub-agents, which no path leads to, have their own. */
export const surfaceOf = (path: Path): "turn" | "http" =>
  path.kind === "control" && path.transport === "http" ? "http" : "turn";

export type Action =
  | { readonly kind: "message.deliver" }
  | { readonly kind: "method.call"; readonly method: string; readonly scope: Scope }
  | {
      readonly kind: "tool.call";
      readonly tool: string;
      /** `list` of `cron:list`; absent where a tool has one action. */
      readonly toolAction?: string;
      readonly agent: string;
      /** Which calling surface the tool is invoked from: HTTP and sub-agents have deny layers of their own. */
      readonly surface: "turn" | "http" | "subagent";
      readonly provider?: string;
      readonly sink: Sink;
    }
  | { readonly kind: "message.send"; readonly agent: string; readonly sink: Sink }
  | { readonly kind: "node.invoke"; readonly node: string; readonly command: string };

export type SandboxState = "proven" | "unproven" | "off";

export type Context = {
  /** Join of everything in the model's window, or of the message that is sent. */
  readonly label: Label;
  /** Who sees the result of this action: readers as in `Label.readers`. */
  readonly audience: Audience;
  readonly session?: string;
  readonly sandbox: SandboxState;
  /** `exact`: the guard has verified and consumed a grant bound to this very call. Only `guard` sets it. */
  readonly grant: "none" | "exact";
};

export type Request = {
  readonly principal: Principal;
  readonly path: Path;
  readonly action: Action;
  readonly context: Context;
};
