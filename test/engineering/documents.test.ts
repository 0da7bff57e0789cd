/** The documents name what exists. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repositoryRoot } from "../architecture/source.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const records = readdirSync(join(repositoryRoot, "docs/decisions")).filter((name) => name !== "README.md");
const guides = ["CONTRIBUTING.md", "REVIEW.md", "SECURITY.md"];

describe("decision records", () => {
  test("are numbered without a gap, and the index lists each by its title", () => {
    expect(records.length).toBeGreaterThan(0);
    expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, index) => index + 1));
    const lines = records.map((name) => `- [${read(`docs/decisions/${name}`).split("\n")[0]?.slice(2)}](${name})`);
    expect(
      read("docs/decisions/README.md")
        .split("\n")
        .filter((line) => line.startsWith("- ")),
    ).toEqual(lines);
  });

  test.each(records)("%s says context, decision and consequences on half a page", (name) => {
    const text = read(`docs/decisions/${name}`);
    expect(text).toMatch(/\*\*Context\.\*\*[\s\S]+\*\*Decision\.\*\*[\s\S]+\*\*Consequences\.\*\*/);
    expect(text.split("\n").length).toBeLessThanOrEqual(25);
  });
});

describe("the guides", () => {
  test("name only npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = guides.flatMap((guide) =>
      [...read(guide).matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? ""),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });

  test("name only top folders and files that exist", () => {
    const named = guides.flatMap((guide) =>
      [...read(guide).matchAll(/`((?:test|docs|\.ci|ui)\/[\w./-]*)`/g)].map((match) => match[1] ?? ""),
    );
    expect(named.filter((path) => !existsSync(join(repositoryRoot, path)))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});
