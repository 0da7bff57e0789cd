import fc from "fast-check";
import { expect, test } from "vitest";
import { hiddenCount, visibleSegments } from "./visible-text.ts";

test("a right-to-left override is named, not obeyed", () => {
  expect(visibleSegments("invoice\u202Efdp.exe")).toEqual([
    { kind: "plain", text: "invoice" },
    { kind: "mark", code: "U+202E", name: "right-to-left override", danger: "reorders" },
    { kind: "plain", text: "fdp.exe" },
  ]);
});

test.each([
  ["\u001B[2K", "U+001B", "escape"],
  ["a\u200Bb", "U+200B", "zero width space"],
  ["\rrm -rf", "U+000D", "carriage return"],
  ["x\u{E0061}", "U+E0061", "invisible tag"],
  ["a\u2003b", "U+2003", "unusual space"],
  ["a\u0085b", "U+0085", "control character"],
])("%j shows %s", (text, code, name) => {
  expect(visibleSegments(text)).toContainEqual(expect.objectContaining({ kind: "mark", code, name }));
});

test.each(["👩‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈", "plain text\nwith lines", "שלום", "日本語"])("%s stays as it is", (text) => {
  expect(visibleSegments(text)).toEqual([{ kind: "plain", text }]);
});

test("a joiner between letters is shown although one inside an emoji is not", () => {
  expect(hiddenCount("pass\u200Dword")).toBe(1);
  expect(hiddenCount("👩‍💻")).toBe(0);
});

test("no character is lost, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const back = visibleSegments(text).map((segment) =>
        segment.kind === "plain" ? segment.text : String.fromCodePoint(Number.parseInt(segment.code.slice(2), 16)),
      );
      expect(back.join("")).toBe(text);
    }),
  );
});
