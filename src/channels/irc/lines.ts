/** A text as protocol lines. */
import { splitText } from "../split-text.ts";

/** A line is at most 512 bytes with prefix, command and target (RFC 2812 section 2.3); this much is left for text. */
export const lineBytesMax = 400;

/** One entry per protocol line, each at most `lineBytesMax` bytes of UTF-8; empty lines become a space, CTCP marks go. */
export function linesOf(text: string): string[] {
  const plain = text.replaceAll("\u0000", "").replaceAll("\u0001", "");
  return plain.split(/\r\n|\n|\r/).flatMap((line) => (line === "" ? [" "] : withinLine(line)));
}

function withinLine(line: string): string[] {
  let limit = lineBytesMax;
  let pieces = splitText(line, limit);
  while (limit > 80 && pieces.some((piece) => Buffer.byteLength(piece) > lineBytesMax)) {
    limit = Math.floor(limit * 0.75);
    pieces = splitText(line, limit);
  }
  return pieces;
}
