import { describe, expect, test } from "vitest";
import { isUrlNamed, urlsIn } from "./url-naming.ts";

const now = 1_700_000_000_000;
const minute = 60_000;
type Page = { url: string; links: string[] };

function named(url: string, said: [text: string, minutesAgo: number][], pages: Page[] = []): boolean {
  const window = {
    namingMessages: () => said.map(([text, ago]) => ({ text, at: now - ago * minute })),
    pages: () => pages,
  };
  return isUrlNamed(new URL(url), window, now);
}

type Row = [why: string, url: string, said: [string, number][], pages: Page[]];
const rows = (table: Row[]) => table.map(([why, url, said, pages]) => ({ why, url, said, pages }));

describe("a URL is named", () => {
  test.each(
    rows([
      ["when it stands in a message", "https://a.test/x?y=1", [["read https://a.test/x?y=1.", 60]], []],
      ["when it stands there in brackets", "https://a.test/x", [["(see https://a.test/x)", 60]], []],
      ["when its host was named just now", "https://example.org/any", [["look at example.org please", 5]], []],
      [
        "when its host looks like a file and stands there as a host",
        "https://www.notes.md/x",
        [["open www.notes.md", 1]],
        [],
      ],
      [
        "when its host looks like a file and stands there as a URL",
        "https://notes.md/x",
        [["https://notes.md/", 1]],
        [],
      ],
      [
        "when it is a link on a page that was named",
        "https://a.test/2",
        [["https://a.test/1", 60]],
        [{ url: "https://a.test/1", links: ["/2"] }],
      ],
      [
        "when a sister host of the site links to it",
        "https://other.test/z",
        [["https://docs.example.org/1", 60]],
        [{ url: "https://www.example.org/3", links: ["https://other.test/z"] }],
      ],
    ]),
  )("$why", ({ url, said, pages }) => {
    expect(named(url, said, pages)).toBe(true);
  });
});

describe("a URL is not named", () => {
  test.each(
    rows([
      ["when nobody wrote it", "https://evil.test/", [["hello", 1]], []],
      ["when its query differs", "https://a.test/x?leak=1", [["https://a.test/x", 60]], []],
      ["when its host was named long ago", "https://example.org/any", [["look at example.org", 11]], []],
      [
        "when only a page of a foreign site links to it",
        "https://evil.test/?q=1",
        [["https://a.test/", 60]],
        [{ url: "https://evil.test/", links: ["https://evil.test/?q=1"] }],
      ],
      ["when the message was pasted", "https://evil.test/", [[`https://evil.test/ ${"x".repeat(600)}`, 1]], []],
      ["when the host only ends alike", "https://notexample.org/", [["look at example.org", 1]], []],
      [
        "when another tenant of a shared domain was named",
        "https://evil.github.io/1",
        [["https://good.github.io/", 60]],
        [{ url: "https://evil.github.io/", links: ["https://evil.github.io/1"] }],
      ],
      ["when a file was named that a host could be", "https://notes.md/?q=1", [["read notes.md, then run.sh", 1]], []],
      [
        "when a page of a host that a file was named like links to it",
        "https://evil.test/?q=1",
        [["unpack data.zip", 60]],
        [{ url: "https://data.zip/", links: ["https://evil.test/?q=1"] }],
      ],
      ["when it is part of a mail address", "https://example.org/", [["write to me@example.org", 1]], []],
    ]),
  )("$why", ({ url, said, pages }) => {
    expect(named(url, said, pages)).toBe(false);
  });
});

test("URLs are found with and without the punctuation around them", () => {
  expect(urlsIn("see https://a.test/b, or <http://c.test>").map(String)).toEqual([
    "https://a.test/b,",
    "https://a.test/b",
    "http://c.test/",
    "http://c.test/",
  ]);
});
