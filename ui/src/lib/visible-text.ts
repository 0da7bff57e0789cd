/**
 * Text of an approval as it really is: characters that a reader cannot see, or that change how the others are read,
 * become named marks. Emoji sequences stay whole.
 */
export type Segment =
  | { readonly kind: "plain"; readonly text: string }
  /** `code` is `U+202E`, `name` what it does. */
  | { readonly kind: "mark"; readonly code: string; readonly name: string; readonly danger: "hidden" | "reorders" };

const bidiNames: Record<string, string> = {
  "\u061C": "Arabic letter mark",
  "\u200E": "left-to-right mark",
  "\u200F": "right-to-left mark",
  "\u202A": "left-to-right embedding",
  "\u202B": "right-to-left embedding",
  "\u202C": "end of direction",
  "\u202D": "left-to-right override",
  "\u202E": "right-to-left override",
  "\u2066": "left-to-right isolate",
  "\u2067": "right-to-left isolate",
  "\u2068": "first strong isolate",
  "\u2069": "end of isolate",
};

const hiddenNames: Record<string, string> = {
  "\u0000": "null",
  "\u0007": "bell",
  "\u0008": "backspace",
  "\u0009": "tab",
  "\u000D": "carriage return",
  "\u001B": "escape",
  "\u007F": "delete",
  "\u00A0": "no-break space",
  "\u00AD": "soft hyphen",
  "\u200B": "zero width space",
  "\u200C": "zero width non-joiner",
  "\u200D": "zero width joiner",
  "\u2028": "line separator",
  "\u2029": "paragraph separator",
  "\u2060": "word joiner",
  "\u3164": "Hangul filler",
  "\uFEFF": "byte order mark",
};

// Other spaces, tag characters and variation selectors beyond emoji have no reader either.
const marked = [
  ...[
    "\\u0000-\\u0009",
    "\\u000B-\\u001F",
    "\\u007F-\\u00A0",
    "\\u00AD",
    "\\u061C",
    "\\u115F\\u1160",
    "\\u17B4\\u17B5",
  ],
  ...["\\u180E", "\\u2000-\\u200F", "\\u2028-\\u202F", "\\u205F-\\u206F", "\\u3000", "\\u3164", "\\uFE00-\\uFE0F"],
  ...["\\uFEFF", "\\uFFA0", "\\u{E0000}-\\u{E0FFF}"],
].join("");
const emoji = "(?:\\p{Emoji_Presentation}|\\p{Emoji}\\uFE0F)\\p{Emoji_Modifier}?\\u20E3?";
const joined = "(?:\\u200D(?:\\p{Emoji_Presentation}|\\p{Emoji}\\uFE0F?)\\p{Emoji_Modifier}?)*";
const splitter = new RegExp(`(${emoji}${joined})|([${marked}])`, "gu");

/** Segments in order; their plain texts and marks together are the whole input. Line feeds stay in plain text. */
export function visibleSegments(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let plainFrom = 0;
  for (const match of text.matchAll(splitter)) {
    const mark = match[2];
    if (mark === undefined) continue;
    if (match.index > plainFrom) segments.push({ kind: "plain", text: text.slice(plainFrom, match.index) });
    segments.push(markOf(mark));
    plainFrom = match.index + mark.length;
  }
  if (plainFrom < text.length) segments.push({ kind: "plain", text: text.slice(plainFrom) });
  return segments;
}

/** How many characters of `text` a reader would not have seen. */
export function hiddenCount(text: string): number {
  return visibleSegments(text).filter((segment) => segment.kind === "mark" && segment.name !== "tab").length;
}

function markOf(character: string): Segment {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  const bidi = bidiNames[character];
  if (bidi !== undefined) return { kind: "mark", code, name: bidi, danger: "reorders" };
  return { kind: "mark", code, name: hiddenNames[character] ?? groupName(character), danger: "hidden" };
}

function groupName(character: string): string {
  if (/\p{Zs}/u.test(character)) return "unusual space";
  return (character.codePointAt(0) ?? 0) >= 0xe0000 ? "invisible tag" : "control character";
}
