/** What the documents say exists. Every fenced config parses; every `file › name` is there; every command is a command. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../src/config/parse.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];

describe("the documents", () => {
  test("name files and functions that exist", () => {
    const named = [...read("ARCHITECTURE.md").matchAll(/`((?:src|test)\/[^`›]+\.ts)(?: › (\w+))?`/g)];
    expect(named.length).toBeGreaterThan(25);
    const missing = named
      .filter(
        ([, file = "", name]) =>
          !existsSync(join(root, file)) || (name && !new RegExp(`\\b${name}\\b`).test(read(file))),
      )
      .map(([text]) => text);
    expect(missing).toEqual([]);
  });

  test("link to files that exist", () => {
    const links = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = ""]) => target),
    );
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });

  test("show configs that parse, with the variables that they name", () => {
    const configs = [...read("README.md").matchAll(/```json5\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
    expect(configs.length).toBeGreaterThan(1);
    for (const text of configs) {
      const parsed = parseConfig(text, { variables: { TELEGRAM_BOT_TOKEN: "1:x" } });
      expect(parsed.problems.filter(({ severity }) => severity !== "info")).toEqual([]);
    }
  });

  test("name npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = documents.flatMap((file) =>
      [...read(file).matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
