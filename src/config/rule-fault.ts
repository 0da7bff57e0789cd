import type { ConfigPath } from "./path.ts";

/** A breach of a rule between settings. */
export type RuleFault = {
  readonly path: ConfigPath;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /**
   * `note`: worth knowing. `refused`: the safe value holds instead. In both cases nothing is switched off; absent: the
   * part of the config that it stands in is.
   */
  readonly weight?: "note" | "refused";
};

/** `a`, `b` and `c`. */
export function listOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}
