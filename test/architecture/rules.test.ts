/** The layer rules and the linter's rules, each seen red on a planted file, and both seen to look at every file. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layerViolations, lintViolations } from "./planted.ts";
import { repositoryRoot, sourcePaths } from "./source.ts";

/** A look at the whole tree, on a busy machine. */
const timeoutMs = 60_000;

const bin = (name: string) => join(repositoryRoot, "node_modules/.bin", name);

type Cruise = {
  modules: { source: string }[];
  summary: { violations: { rule: { name: string }; from: string }[] };
};

/** Runs a checker that exits non-zero when it finds something; its output is what counts. */
function output(file: string, argv: string[], cwd: string): string {
  try {
    return execFileSync(file, argv, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 2 ** 28 });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

function cruise(cwd: string, ...folders: string[]): Cruise {
  const argv = [...folders, "--config", ".dependency-cruiser.cjs", "--output-type", "json"];
  return JSON.parse(output(bin("depcruise"), argv, cwd)) as Cruise;
}

let planted: string;

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), "fased-planted-"));
  for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "biome.json", "package.json"]) {
    cpSync(join(repositoryRoot, file), join(planted, file));
  }
  symlinkSync(join(repositoryRoot, "node_modules"), join(planted, "node_modules"));
  for (const { path, text } of [...layerViolations, ...lintViolations]) {
    mkdirSync(dirname(join(planted, path)), { recursive: true });
    writeFileSync(join(planted, path), text);
  }
});

afterAll(() => rmSync(planted, { recursive: true, force: true }));

describe("dependency-cruiser", () => {
  test(
    "looks at every source file",
    () => {
      const seen = new Set(cruise(repositoryRoot, "src", "ui/src").modules.map((module) => module.source));
      const paths = sourcePaths(repositoryRoot, ["src", "ui/src"]);
      expect(paths.filter((path) => !seen.has(path))).toEqual([]);
      expect(paths.length).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  test(
    "reports every planted violation under its rule, and every rule has one",
    () => {
      const found = cruise(planted, "src", "ui").summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
      const wanted = layerViolations.flatMap(({ path, rule }) => (rule ? [`${rule} ${path}`] : []));
      expect(wanted.filter((line) => !found.includes(line))).toEqual([]);
      expect(found.filter((line) => line.includes("benign"))).toEqual([]);
      const rules = execFileSync(
        bin("node"),
        ["-p", "JSON.stringify(require('./.dependency-cruiser.cjs').forbidden.map(r => r.name))"],
        {
          cwd: repositoryRoot,
          encoding: "utf8",
        },
      );
      const shown = new Set(layerViolations.map(({ rule }) => rule));
      expect((JSON.parse(rules) as string[]).filter((rule) => !shown.has(rule))).toEqual([]);
    },
    timeoutMs,
  );
});

describe("biome", () => {
  test("reports every planted violation under its rule", () => {
    const report = output(
      bin("biome"),
      ["lint", "--colors=off", "--reporter=github", "--max-diagnostics=none", "."],
      planted,
    );
    const missing = lintViolations.filter(
      ({ path, rule }) =>
        !report
          .split("\n")
          .some((line) => line.includes(path) && line.includes(`${rule}`) && line.startsWith("::error")),
    );
    expect(missing).toEqual([]);
  });

  test("every rule that the house adds has a planted violation", () => {
    const { linter } = JSON.parse(readFileSync(join(repositoryRoot, "biome.json"), "utf8")) as {
      linter: { rules: Record<string, string | Record<string, unknown>> };
    };
    const rules = Object.values(linter.rules)
      .flatMap((group) => (typeof group === "string" ? [] : Object.entries(group)))
      .filter(([, level]) => level !== "off")
      .map(([rule]) => rule);
    const shown = new Set(lintViolations.map(({ rule }) => rule));
    expect(rules.filter((rule) => !shown.has(rule))).toEqual([]);
    expect(rules.length).toBeGreaterThan(10);
  });
});
