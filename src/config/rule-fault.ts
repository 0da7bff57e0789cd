import type { ConfigPath } from "./path.ts";

/** A breach of a rule between settings. */
export type RuleFault = {
  readonly path: ConfigPath;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /** The setting is harmless: it is reported, nothing is switched off. */
  readonly harmless?: true;
};

/** `a`, `b` and `c`. */
export function listOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}
