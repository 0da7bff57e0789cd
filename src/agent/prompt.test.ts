import { describe, expect, it } from "vitest";
import type { Label } from "../policy/label.ts";
import { buildSystemPrompt, fileCharsMax, instructionFiles, type PromptFacts } from "./prompt.ts";

const ownerOnly: Label = { integrity: "owner", readers: ["owner"], secret: false, sources: [] };
const facts = (rest: Partial<PromptFacts> = {}): PromptFacts => ({
  agent: {
    id: "main",
    name: undefined,
    identity: { name: "Fay", theme: undefined, emoji: undefined, avatar: undefined },
    sharedFiles: ["IDENTITY.md", "SOUL.md"],
  },
  audience: ["owner"],
  zone: "Europe/Berlin",
  day: "Monday, March 2, 2026",
  readFiles: async (names) => names.map((name) => ({ name, text: `text of ${name}`, label: ownerOnly })),
  ...rest,
});

describe("the system prompt", () => {
  it("shows the owner all instruction files, for owners' eyes only", async () => {
    const { text, label } = await buildSystemPrompt(facts());
    for (const name of instructionFiles) expect(text).toContain(`text of ${name}`);
    expect(text).toContain("You are Fay");
    expect(text).toContain("Today is Monday, March 2, 2026; the time zone is Europe/Berlin.");
    expect(label.readers).toEqual(["owner"]);
  });

  it.each([[["owner", "room:irc:default:#x"]], [["peer:irc:default:ann"]], ["public" as const], [[]]])(
    "shows an audience of %j the shared files only, and stays readable for it",
    async (audience) => {
      const { text, label } = await buildSystemPrompt(facts({ audience }));
      expect(text).toContain("text of SOUL.md");
      for (const name of ["AGENTS.md", "USER.md", "TOOLS.md", "MEMORY.md"]) expect(text).not.toContain(name);
      expect(label.readers).toBe("public");
    },
  );

  it("carries the label of a file that was tainted, and leaves absent files out", async () => {
    const tainted: Label = { integrity: "untrusted", readers: ["owner"], secret: false, sources: ["run"] };
    const readFiles: PromptFacts["readFiles"] = async () => [{ name: "AGENTS.md", text: "x", label: tainted }];
    const { text, label } = await buildSystemPrompt(facts({ readFiles }));
    expect(label).toEqual(tainted);
    expect(text).not.toContain("SOUL.md");
  });

  it("cuts a file that is too long in its middle, and says so", async () => {
    const long = `start${"x".repeat(3 * fileCharsMax)}end`;
    const readFiles: PromptFacts["readFiles"] = async () => [{ name: "AGENTS.md", text: long, label: ownerOnly }];
    const { text } = await buildSystemPrompt(facts({ readFiles }));
    expect(text).toMatch(/start[\s\S]+characters left out[\s\S]+end$/);
    expect(text.length).toBeLessThan(fileCharsMax + 3_000);
  });
});
