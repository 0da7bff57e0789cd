import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineBytesMax, linesOf } from "./lines.ts";

const b = "\u0002";
const i = "\u001D";

describe("linesOf", () => {
  test.each([
    ["**bold** and *soft*", [`${b}bold${b} and ${i}soft${i}`]],
    ["run `ls -l *.md`", ["run ls -l *.md"]],
    ["Look:\n\n```sh\nls _a_ | wc\n  cd b\n```\n\nDone.", ["Look:", " ", "ls _a_ | wc", "  cd b", " ", "Done."]],
    ["- one\n- two\n  - inner", ["• one", "• two", "  • inner"]],
    ["3. three\n4. four", ["3. three", "4. four"]],
    ["# Title\n\ntext", [`${b}Title${b}`, " ", "text"]],
    ["[here](https://example.org/?a=1&b=2)", ["here (https://example.org/?a=1&b=2)"]],
    ["https://example.org/a_b_c and ann@example.org", ["https://example.org/a_b_c and ann@example.org"]],
    ["[harmless](javascript:alert(1))", ["harmless (javascript:alert(1))"]],
    ["> said\n> twice", ["> said", "> twice"]],
    ["<b>as it is</b> & more", ["<b>as it is</b> & more"]],
    ["**over\ntwo** lines", [`${b}over`, `${b}two${b} lines`]],
    ["first\r\nsecond\rthird", ["first", "second", "third"]],
  ])("%j becomes %j", (text, lines) => {
    expect(linesOf({ text })).toEqual(lines);
  });

  test("a plain text keeps every letter", () => {
    const text = "rm *old* _b_ `c` [harmless](https://x.example/)\n1. ~~x~~";
    expect(linesOf({ text, format: "plain" })).toEqual(text.split("\n"));
  });

  test.each(["plain", undefined] as const)(
    "no colour, reversal or CTCP of the text itself gets through (%s)",
    (format) => {
      const text = "a\u0001b\u000301,01c\u0016d\u0000e\u0002f\u009bg";
      expect(linesOf({ text, ...(format === undefined ? {} : { format }) })).toEqual(["ab01,01cdefg"]);
    },
  );

  test("whatever the text, each line fits and ends nowhere but at its end", () => {
    const word = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 120 }),
      fc.constantFrom("**", "*", "`", "\n", "[a](b)"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        for (const line of linesOf({ text: words.join(" ") })) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(lineBytesMax);
          expect(line).not.toMatch(/[\r\n\0]/);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a long bold text is bold on each of its lines, and no further", () => {
    const lines = linesOf({ text: `**${"word ".repeat(200).trim()}** end` });
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.startsWith(b)).toBe(true);
    expect(lines.at(-1)).toMatch(new RegExp(`${b} end$`));
    expect(lines.join(" ").replaceAll(b, "").match(/word/g)).toHaveLength(200);
  });
});
