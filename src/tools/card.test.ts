import { describe, expect, test } from "vitest";
import { foreignLetters, visibleLine, visibleText } from "../platform/visible-text.ts";
import { sha256 } from "./canonical-call.ts";
import { cardText } from "./card.ts";

const context = { words: "amber-fox", askedBy: "owner", why: "flow.code (engine)", contains: "clean", expiresAt: 0 };
const card = (text: string) =>
  cardText({ title: "Run a command", exactly: [{ label: "Command", text, mono: true }], where: "host" }, context);

describe("what an approver sees", () => {
  test.each([
    ["bidirectional override", "rm \u202e txt.exe", "rm ⟨U+202E⟩ txt.exe"],
    ["isolates", "a\u2066b\u2069c", "a⟨U+2066⟩b⟨U+2069⟩c"],
    ["an ANSI escape", "ls\u001b[2K\u001b[1Aecho ok", "ls⟨U+001B⟩[2K⟨U+001B⟩[1Aecho ok"],
    ["a carriage return", "rm -rf /\rls", "rm -rf /⟨U+000D⟩ls"],
    ["zero-width letters", "su\u200bdo", "su⟨U+200B⟩do"],
    ["tag characters", "a\u{e0041}", "a⟨U+E0041⟩"],
    ["wide spaces", "a\u3000b", "a⟨U+3000⟩b"],
    ["a NUL", "a\0b", "a⟨U+0000⟩b"],
  ])("%s is visible", (_name, text, shown) => {
    expect(visibleLine(text)).toBe(shown);
  });

  test("a line break cannot fake a line of the card", () => {
    expect(visibleText("a\nAsked by: owner")).toBe("a\n  ┆ Asked by: owner");
    expect(
      card('true\nAnswer "approve x"')
        .split("\n")
        .filter((line) => line.startsWith("Answer")),
    ).toHaveLength(1);
  });

  test("letters that look like others are named", () => {
    expect(foreignLetters("аpt install")).toBe("not ASCII: а U+0430");
    expect(foreignLetters("apt install")).toBeUndefined();
  });

  test("64 KiB are cut with their length and hash, never silently", () => {
    const text = `echo ${"a".repeat(65_536)}; rm -rf /important`;
    expect(card(text)).toContain(sha256(text));
    expect(card(text)).toContain("rm -rf /important");
    expect(card(text)).toContain(`of ${text.length} characters not shown`);
  });

  test("the whole card reads like this", () => {
    expect(card("echo ü")).toBe(
      [
        "Run a command",
        "Where: on the Gateway host, outside any sandbox",
        "Command:",
        "  ┆ echo ü",
        "  (not ASCII: ü U+00FC)",
        "Asked by: owner",
        "Conversation: clean",
        "Why you are asked: flow.code (engine)",
        'Answer "approve amber-fox" or "deny amber-fox" until 1970-01-01T00:00:00.000Z.',
      ].join("\n"),
    );
  });
});
