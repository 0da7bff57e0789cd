/**
 * Splits a text into pieces of at most `limit` UTF-16 units, preferring paragraph, line, sentence and word ends, never
 * inside a surrogate pair; a code fence that is cut is closed and opened again. White space at a cut is dropped.
 */
export function splitText(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  let fence = "";
  while (fence.length + rest.length > limit) {
    // A cut inside a fence needs room for the closing line.
    const room = limit - fence.length - fenceClose.length;
    const at = cutAt(rest, Math.max(room, 1));
    const piece = fence + rest.slice(0, at).trimEnd();
    rest = rest.slice(at).replace(/^[ \t]*\n?/, "");
    const open = openFence(piece);
    pieces.push(open === undefined ? piece : piece + fenceClose);
    fence = open === undefined ? "" : `${open}\n`;
  }
  if (rest !== "" || pieces.length === 0) pieces.push(fence + rest);
  return pieces;
}

const fenceClose = "\n```";

/** Best position in (0, room] to cut at. */
function cutAt(text: string, room: number): number {
  const head = text.slice(0, room + 1);
  const least = Math.floor(room / 2);
  for (const boundary of ["\n\n", "\n", ". ", " "]) {
    const at = head.lastIndexOf(boundary);
    if (at >= least) return boundary === ". " ? at + 1 : at;
  }
  const space = head.lastIndexOf(" ");
  if (space > 0) return space;
  return isHighSurrogate(text.charCodeAt(room - 1)) && room > 1 ? room - 1 : room;
}

/** The line that opens the fence which is still open at the end of `piece`. */
function openFence(piece: string): string | undefined {
  let open: string | undefined;
  for (const line of piece.split("\n")) {
    if (!line.trimStart().startsWith("```")) continue;
    open = open === undefined ? line : undefined;
  }
  return open;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
