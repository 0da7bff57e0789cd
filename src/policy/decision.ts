/** What the engine answers. Every consumer (Gateway, audit, explain, who-can) gets this and nothing else. */

/** allow grants; ask narrows an allow to an approval; challenge says how to be let in; deny beats all. */
export type Effect = "allow" | "ask" | "challenge" | "deny";

/** The rule that spoke: its id, and the config key to edit (or `engine` for built-in law, `grants` for pairings). */
export type Because = { readonly id: string; readonly origin: string };

export type Decision = {
  readonly effect: Effect;
  /** Stable code `area.condition`, for people and tests of people's text; never branch on it. */
  readonly reason: string;
  readonly because: readonly Because[];
  /** Integrity alone makes it ask or deny: at the speaker's own integrity the same call would be freer. */
  readonly cleanReaskHelps: boolean;
  /** What information flow would have asked or denied, were `security.informationFlow.mode` not `observe`. */
  readonly observed?: readonly Because[];
};
