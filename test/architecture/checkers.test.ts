/** The compiler and knip, each seen red on planted files, and the compiler and the linter seen to look at every file. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repositoryRoot, sourcePaths } from "./source.ts";

const timeoutMs = 60_000;
const node = join(repositoryRoot, "node_modules/.bin/node");
const compiler = join(repositoryRoot, "node_modules/typescript7/bin/tsc");
const folders = ["src", "ui/src", "test", "scripts", "bench"];

/** Whatever the exit code: what it printed counts. */
function output(argv: readonly string[], cwd: string): string {
  try {
    return execFileSync(node, argv, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 2 ** 28 });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

let planted: string;
beforeEach(() => {
  planted = mkdtempSync(join(tmpdir(), "fased-planted-"));
  for (const file of ["tsconfig.json", "knip.json"]) cpSync(join(repositoryRoot, file), join(planted, file));
  symlinkSync(join(repositoryRoot, "node_modules"), join(planted, "node_modules"));
});
afterEach(() => rmSync(planted, { recursive: true, force: true }));

function plant(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(planted, path)), { recursive: true });
    writeFileSync(join(planted, path), text);
  }
}

describe("the compiler", () => {
  /** Option, what breaks it, and the number of the error. */
  const violations: readonly (readonly [option: string, text: string, error: string])[] = [
    ["strict", "export const a: string = null;", "TS2322"],
    ["strict", "export function f(a) { return a; }", "TS7006"],
    ["noUncheckedIndexedAccess", "export const a: number = [1][0];", "TS2322"],
    ["exactOptionalPropertyTypes", "export const a: { b?: number } = { b: undefined };", "TS2375"],
    ["noImplicitOverride", "class A { f() {} }\nexport class B extends A { f() {} }", "TS4114"],
    ["verbatimModuleSyntax", 'import { T } from "./benign.ts";\nexport type U = T;', "TS1484"],
    ["erasableSyntaxOnly", "export enum A { b }", "TS1294"],
  ];

  test(
    "reports every planted violation, and each of its options has one",
    () => {
      const path = (index: number) => `src/planted-${index}.ts`;
      plant({ "src/benign.ts": "export type T = { a?: number };\n", "test/e2e/whole.spec.ts": "export {};\n" });
      plant(Object.fromEntries(violations.map(([, text], index) => [path(index), `${text}\n`])));
      const report = output([compiler, "-p", ".", "--pretty", "false"], planted).split("\n");
      const seen = (index: number, error: string) =>
        report.some((line) => line.startsWith(path(index)) && line.includes(`error ${error}:`));
      expect(violations.filter(([, , error], index) => !seen(index, error))).toEqual([]);
      expect(report.filter((line) => line.includes("benign"))).toEqual([]);

      const { compilerOptions } = JSON.parse(readFileSync(join(repositoryRoot, "tsconfig.json"), "utf8")) as {
        compilerOptions: Record<string, unknown>;
      };
      expect(
        [...new Set(violations.map(([option]) => option))].filter((option) => compilerOptions[option] !== true),
      ).toEqual([]);
    },
    timeoutMs,
  );

  test(
    "looks at every source file",
    () => {
      const seen = new Set(
        [".", "ui", "test/e2e"].flatMap((project) =>
          output([compiler, "-p", project, "--listFilesOnly"], repositoryRoot)
            .split("\n")
            .map((path) => relative(repositoryRoot, path)),
        ),
      );
      expect(sourcePaths(repositoryRoot, folders).filter((path) => !seen.has(path))).toEqual([]);
    },
    timeoutMs,
  );
});

describe("knip", () => {
  type Report = { readonly issues: readonly Readonly<Record<string, string | readonly { readonly name: string }[]>>[] };

  test(
    "reports what nothing uses, and what is used and not declared",
    () => {
      plant({
        "package.json": '{ "type": "module", "dependencies": { "zod": "1", "hono": "1" } }',
        "src/main.ts": 'import { used } from "./used.ts";\nimport "zod";\nimport "left-pad";\nused();\n',
        "src/used.ts": "export const used = () => 1;\nexport const unused = 2;\nexport type Unused = 3;\n",
        "src/nobody.ts": "export const nobody = 1;\n",
      });
      const argv = [join(repositoryRoot, "node_modules/knip/bin/knip.js"), "--reporter", "json"];
      const { issues } = JSON.parse(output(argv, planted)) as Report;
      const named = (kind: string) =>
        issues.flatMap((issue) => (Array.isArray(issue[kind]) ? issue[kind] : []).map(({ name }) => name));
      const kinds = ["files", "exports", "types", "dependencies", "unlisted"];
      expect(Object.fromEntries(kinds.map((kind) => [kind, named(kind)]))).toEqual({
        files: ["src/nobody.ts"],
        exports: ["unused"],
        types: ["Unused"],
        dependencies: ["hono"],
        unlisted: ["left-pad"],
      });
    },
    timeoutMs,
  );
});

test(
  "biome looks at every source file",
  () => {
    // One cheap rule: the number of files is the question.
    const argv = [
      join(repositoryRoot, "node_modules/@biomejs/biome/bin/biome"),
      "lint",
      "--colors=off",
      "--only=suspicious/noDebugger",
      ".",
    ];
    const checked = Number(/Checked (\d+) files/.exec(output(argv, repositoryRoot))?.[1]);
    expect(checked).toBeGreaterThanOrEqual(sourcePaths(repositoryRoot, folders).length);
  },
  timeoutMs,
);
