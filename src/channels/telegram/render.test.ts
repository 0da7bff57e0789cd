import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toTelegramHtml } from "./render.ts";

describe("toTelegramHtml", () => {
  test.each([
    ["**bold** and *soft*", "<b>bold</b> and <i>soft</i>"],
    ["`rm -rf <x>`", "<code>rm -rf &lt;x&gt;</code>"],
    ["```sh\nls & pwd\n```", "<pre>ls &amp; pwd</pre>"],
    ["- one\n- two", "• one\n• two"],
    ["# Title\n\ntext", "<b>Title</b>\n\ntext"],
    ["[here](https://example.org/?a=1&b=2)", '<a href="https://example.org/?a=1&amp;b=2">here</a>'],
    ["[here](javascript:alert(1))", "here"],
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["first\nsecond", "first\nsecond"],
  ])("%j becomes %j", (markdown, html) => {
    expect(toTelegramHtml(markdown)).toBe(html);
  });

  test("whatever the text, only known tags come out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const tags = toTelegramHtml(text).match(/<[^>]*>/g) ?? [];
        for (const tag of tags) expect(tag).toMatch(/^<\/?(b|i|s|code|pre|blockquote|a( href="[^"<>]*")?)>$/);
      }),
      { numRuns: 500 },
    );
  });
});
