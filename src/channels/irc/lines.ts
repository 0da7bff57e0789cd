/** A text as protocol lines: Markdown in the marks that IRC has, or letters as they are. */
import type { Delivery } from "../contract.ts";
import { type Marks, renderMarkdown } from "../markdown.ts";
import { splitText } from "../split-text.ts";

/** A line is at most 512 bytes with prefix, command and target (RFC 2812 section 2.3); this much is left for text. */
export const lineBytesMax = 400;

const bold = "\u0002";
const italic = "\u001D";
/** Both end with their line, and are taken up by the next. */
const carriedMarks = [bold, italic];

const ircMarks: Marks = {
  text: (letters) => letters,
  strong: (inner) => bold + inner + bold,
  em: (inner) => italic + inner + italic,
  del: (inner) => inner,
  code: (letters) => letters,
  block: (letters) => letters,
  heading: (inner) => bold + inner + bold,
  quote: (inner) => inner.replaceAll(/^/gm, "> "),
  link: (inner, href) => (href === inner || href === `mailto:${inner}` ? inner : `${inner} (${href})`),
};

/** One entry per protocol line, each at most `lineBytesMax` bytes of UTF-8; empty lines become a space. */
export function linesOf({ text, format }: Pick<Delivery, "text" | "format">): string[] {
  const plain = withoutControls(text);
  const lines = (format === "plain" ? plain : renderMarkdown(plain, ircMarks)).split("\n");
  return carried(lines.flatMap((line) => (line.trim() === "" ? [" "] : withinLine(line))));
}

/** Colours, reversals and CTCP would let a text hide what it says: only line breaks and tabs are kept. */
function withoutControls(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").replaceAll(/[^\P{Cc}\n\t]/gu, "");
}

function withinLine(line: string): string[] {
  const room = lineBytesMax - carriedMarks.length;
  let limit = room;
  let pieces = splitText(line, limit);
  while (limit > 80 && pieces.some((piece) => Buffer.byteLength(piece) > room)) {
    limit = Math.floor(limit * 0.75);
    pieces = splitText(line, limit);
  }
  return pieces;
}

function carried(lines: readonly string[]): string[] {
  let open = "";
  return lines.map((line) => {
    const whole = line === " " ? line : open + line;
    open = carriedMarks.filter((mark) => (open + line).split(mark).length % 2 === 0).join("");
    return whole;
  });
}
