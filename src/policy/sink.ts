/** What a call does to the world, as the sink table sees it (information flow). Facts, established by the tool runner. */
import type { Audience } from "./label.ts";

export type Sink =
  /** S1: code on the host, a node, or in a sandbox that is not proven or has network. `security`/`ask` as configured, already tightened by the request. */
  | {
      readonly kind: "code";
      readonly where: "host" | "sandbox";
      readonly security: "deny" | "allowlist" | "full";
      readonly ask: "off" | "on-miss" | "always";
      /** Whether the exact command matches an operator-approved allowlist entry or task. */
      readonly allowlisted: boolean;
    }
  /** S1 in a proven sandbox without network, mounts = scratch + undoable workspace. */
  | { readonly kind: "sandboxed-code" }
  /** S2: config, policy, schedules that act, control files. */
  | { readonly kind: "control" }
  /** S3: message to anyone but the reply target, mail, post, upload. `asked`: every word of the body stands in the owner's message that asks for it. */
  | { readonly kind: "send"; readonly audience: Audience; readonly secretInBody: boolean; readonly asked?: boolean }
  /** S4: fetch, browser, MCP. */
  | {
      readonly kind: "egress";
      readonly method: string;
      readonly hasBodyOrHeaders: boolean;
      readonly secretInRequest: boolean;
      /** The URL stands verbatim in an owner (or listed person's) message, in search results for owner words, or on a page of a host so named. */
      readonly urlNamed: boolean;
      /** Tainted fetches already made in this turn. */
      readonly countThisTurn: number;
    }
  /** Query to the configured search provider. */
  | {
      readonly kind: "search";
      readonly queryBytes: number;
      readonly onlyOwnerWords: boolean;
      readonly secretInQuery: boolean;
    }
  /** S5: write or delete outside scratch and workspace, calendar, contacts, payments. */
  | { readonly kind: "change" }
  /** Read, reply to the reply target, write in the undoable workspace, `remind` to this reply target. */
  | { readonly kind: "free"; readonly reads: "plain" | "effect" };
