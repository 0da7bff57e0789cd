/** The JSON5 parser, kept from its one bad habit. */
import { type DocumentNode, parse, type Token, tokenize } from "@humanwhocodes/momoa";

/**
 * Momoa 3.3 never ends on a text whose last character is a backslash in an unfinished string. Behind a line break, which
 * moves no place and changes no meaning, every text ends.
 */
const ended = (text: string): string => `${text}\n`;

/** The document with ranges and tokens. Throws Momoa's errors, which carry line and column. */
export function parseJson5(text: string): DocumentNode {
  return parse(ended(text), { mode: "json5", ranges: true, tokens: true });
}

/** Only the tokens. Throws Momoa's errors. */
export function tokensOf(text: string): readonly Token[] {
  return tokenize(ended(text), { mode: "json5" });
}
