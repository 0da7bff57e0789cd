/** Where exactly a text changes when a member or an item comes or goes. Comments stay beside what they stood beside. */
import type { Token } from "@humanwhocodes/momoa";
import type { PrintStyle } from "./print.ts";

export type Change = { readonly start: number; readonly end: number; readonly text: string };

/** Applies changes that do not overlap; of two at the same place, the first listed comes first in the text. */
export function applyChanges(text: string, changes: readonly Change[]): string {
  const fromTheBack = [...changes].reverse().sort((a, b) => b.start - a.start);
  return fromTheBack.reduce(
    (edited, { start, end, text: put }) => edited.slice(0, start) + put + edited.slice(end),
    text,
  );
}

type Part = { readonly start: number; readonly end: number };

export type Insertion = {
  /** Range of the container with its brackets. */
  readonly start: number;
  readonly end: number;
  readonly parts: readonly Part[];
  readonly style: PrintStyle;
  /** Indentation of the container's parts, when they stand on lines of their own. */
  readonly margin: string;
  readonly print: (margin: string) => string;
};

const startOf = (token: Token): number => token.loc.start.offset;
const endOf = (token: Token): number => token.loc.end.offset;
const isComment = ({ type }: Token): boolean => type === "LineComment" || type === "BlockComment";

/** The changes that add a part at the end of a container. */
export function insertionOf(text: string, tokens: readonly Token[], insertion: Insertion): Change[] {
  return insertion.parts.length > 0 ? insertAfterLast(text, tokens, insertion) : insertFirst(text, tokens, insertion);
}

function insertAfterLast(text: string, tokens: readonly Token[], { parts, style, print }: Insertion): Change[] {
  const last = parts.at(-1) ?? { start: 0, end: 0 };
  const following = tokens.filter((token) => startOf(token) >= last.end);
  const next = following.find((token) => !isComment(token));
  const comma = next?.type === "Comma" ? next : undefined;
  const commaChange = comma ? [] : [{ start: last.end, end: last.end, text: "," }];
  const from = comma ? endOf(comma) : last.end;
  const lineEnd = endOfLine(text, from);
  const closing = following.find((token) => !isComment(token) && token !== comma);
  const inline = closing !== undefined && startOf(closing) < lineEnd;
  const at = endOfComments(following, { from, until: inline ? startOf(closing) : lineEnd });
  if (inline) return [...commaChange, { start: at, end: at, text: ` ${print("")}` }];
  const margin = marginOf(text, last.start);
  const put = `${style.newline}${margin}${print(margin)}${comma ? "," : ""}`;
  return [...commaChange, { start: at, end: at, text: put }];
}

/** After the comments that begin in this stretch; a block comment may end beyond it. */
function endOfComments(following: readonly Token[], { from, until }: { from: number; until: number }): number {
  const comments = following.filter((token) => isComment(token) && startOf(token) >= from && startOf(token) < until);
  return comments.reduce((_, comment) => endOf(comment), from);
}

function insertFirst(text: string, tokens: readonly Token[], insertion: Insertion): Change[] {
  const { start, end, style, margin, print } = insertion;
  const comment = tokens.findLast((token) => isComment(token) && startOf(token) > start && endOf(token) < end);
  const at = comment ? endOf(comment) : start + 1;
  if (text.slice(start, end).includes("\n"))
    return [{ start: at, end: at, text: `${style.newline}${margin}${print(margin)}` }];
  const pad = text[start] === "{" ? " " : "";
  const before = comment ? " " : pad;
  const after = at === end - 1 ? pad : "";
  return [{ start: at, end: at, text: `${before}${print("")}${after}` }];
}

/** The changes that take the part away, its comma too; a line that is left empty goes as a whole. */
export function removalOf(
  text: string,
  tokens: readonly Token[],
  { parts, index }: { parts: readonly Part[]; index: number },
): Change[] {
  const part = parts[index] ?? { start: 0, end: 0 };
  const next = tokens.find((token) => startOf(token) >= part.end && !isComment(token));
  if (next?.type === "Comma") {
    const comments = text.slice(part.end, startOf(next)).trim() !== "";
    if (!comments) return [blankAround(text, { start: part.start, end: endOf(next) })];
    return [blankAround(text, part), { start: startOf(next), end: endOf(next), text: "" }];
  }
  const before = parts[index - 1];
  const comma = before && tokens.find((token) => startOf(token) >= before.end && token.type === "Comma");
  const own = blankAround(text, part);
  return comma ? [{ start: startOf(comma), end: endOf(comma), text: "" }, own] : [own];
}

/** The range and the white space that would be left over around it. */
function blankAround(text: string, { start, end }: Part): Change {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = endOfLine(text, end);
  const blankBefore = text.slice(lineStart, start).trim() === "";
  if (blankBefore && text.slice(end, lineEnd).trim() === "" && lineEnd < text.length) {
    return { start: lineStart, end: lineEnd + 1, text: "" };
  }
  const after = /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0;
  const before = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  const closes = /^[ \t]*[}\]]/.test(text.slice(end));
  if (closes && !blankBefore) return { start: start - before, end, text: "" };
  return { start, end: end + after, text: "" };
}

/** Offset of the line break, or of the end of the text. */
function endOfLine(text: string, offset: number): number {
  const at = text.indexOf("\n", offset);
  return at < 0 ? text.length : at;
}

function marginOf(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}
