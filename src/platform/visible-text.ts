/**
 * Text as an approver must see it: nothing hides, nothing reorders, nothing moves the cursor. Line feeds stay line
 * breaks (each further line is marked), every other control, format or bidirectional character shows its code point.
 */

/** Control (Cc), format (Cf), surrogate, private-use and separator characters, and look-alike spaces. */
const hidden =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]/gu;

/** One line or many; hidden characters as `⟨U+202E⟩`, continuation lines marked so that none passes for a heading. */
export function visibleText(text: string): string {
  return text.split("\n").map(visibleLine).join("\n  ┆ ");
}

/** For one-line places: line breaks are shown as code points, too. */
export function visibleLine(text: string): string {
  return text.replace(hidden, (character) => `⟨U+${codePoint(character)}⟩`);
}

const foreignShownMax = 12;

/**
 * Names the letters outside ASCII that a command or address holds, because some look like ASCII ones; undefined when
 * there are none.
 */
export function foreignLetters(text: string): string | undefined {
  const found = [...new Set(text.match(/\P{ASCII}/gu) ?? [])].filter((letter) =>
    /\p{L}|\p{N}|\p{P}|\p{S}/u.test(letter),
  );
  if (found.length === 0) return undefined;
  const shown = found.slice(0, foreignShownMax).map((letter) => `${letter} U+${codePoint(letter)}`);
  const rest = found.length - shown.length;
  return `not ASCII: ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
