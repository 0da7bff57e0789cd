import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitText } from "./split-text.ts";

describe("splitText", () => {
  test("a short text is one piece, an empty text too", () => {
    expect(splitText("hello", 10)).toEqual(["hello"]);
    expect(splitText("", 10)).toEqual([""]);
  });

  test("it prefers the end of a paragraph, then of a line, a sentence, a word", () => {
    expect(splitText("aaaa aaaa\n\nbbbb bbbb bbbb", 18)).toEqual(["aaaa aaaa", "\nbbbb bbbb bbbb"]);
    expect(splitText("aaaa aaaa\nbbbb bbbb bbbb", 18)).toEqual(["aaaa aaaa", "bbbb bbbb bbbb"]);
    expect(splitText("aaaa aaaa. bbbb bbbb bb", 18)).toEqual(["aaaa aaaa.", "bbbb bbbb bb"]);
    expect(splitText("aaaa bbbbcccc dddd", 13)).toEqual(["aaaa", "bbbbcccc dddd"]);
  });

  test("a fence that is cut is closed and opened again", () => {
    const pieces = splitText("```ts\nline one\nline two\nline three\n```", 26);
    for (const piece of pieces) expect(piece.split("```").length % 2).toBe(1);
    expect(pieces[1]?.startsWith("```ts\n")).toBe(true);
  });

  test("every piece keeps the limit, no word is lost, no pair is torn", () => {
    const word = fc.oneof(fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }), fc.constant("👩‍👩‍👧"));
    const texts = fc
      .array(
        word.filter((text) => !/[`\s]/.test(text)),
        { maxLength: 80 },
      )
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(texts, fc.integer({ min: 40, max: 200 }), (text, limit) => {
        const pieces = splitText(text, limit);
        expect(pieces.every((piece) => piece.length <= limit && piece.isWellFormed())).toBe(true);
        expect(pieces.join(" ").split(" ").join("")).toBe(text.split(" ").join(""));
      }),
      { numRuns: 500 },
    );
  });
});
