/** Gates about names, sizes and tests. */
import ts from "typescript";
import { everywhere, type Gate, perLine, perNode } from "./gate.ts";
import { functionLines } from "./longest.ts";

const fileLinesMax = 500;
const functionLinesMax = 70;
const nestingMax = 3;

const isTestFile = (path: string) => path.startsWith("test/") || /\.test\.tsx?$/.test(path);
const repeat = (line: string, count: number) => `${line}\n`.repeat(count);

const fileSize: Gate = {
  name: `files have at most ${fileLinesMax} lines`,
  why: "A longer file is two things",
  covers: everywhere,
  find: (sources) =>
    sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > fileLinesMax)
      .map(({ path, lines }) => ({ where: path, what: `has ${lines} lines` })),
  planted: [{ path: "src/tools/a.ts", text: repeat("f();", fileLinesMax + 1) }],
  benign: [{ path: "src/tools/a.ts", text: repeat("f();", fileLinesMax) }],
};

const functionSize: Gate = {
  name: `functions have at most ${functionLinesMax} lines`,
  why: "A function fits on a screen",
  covers: (path) => !isTestFile(path),
  find: perNode((node, source) => {
    const lines = functionLines(node, source);
    return lines > functionLinesMax ? `has a function of ${lines} lines` : undefined;
  }),
  planted: [
    { path: "src/tools/a.ts", text: `function f() {\n${repeat("g();", functionLinesMax - 1)}}` },
    { path: "ui/src/a.tsx", text: `const f = () => {\n${repeat("g();", functionLinesMax - 1)}};` },
  ],
  benign: [{ path: "src/tools/a.ts", text: `function f() {\n${repeat("g();", functionLinesMax - 2)}}` }],
};

const declaresFunction = (node: ts.Node): node is ts.SignatureDeclaration =>
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isMethodSignature(node) ||
  ts.isConstructorDeclaration(node) ||
  ((ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isVariableDeclaration(node.parent));

function isBooleanParameter(parameter: ts.ParameterDeclaration): boolean {
  const kind = parameter.type?.kind ?? parameter.initializer?.kind;
  return (
    kind === ts.SyntaxKind.BooleanKeyword || kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword
  );
}

const noBooleanParameters: Gate = {
  name: "no function takes a boolean",
  why: 'Name the intent: `stop({ sessions: "finish" })`, not `stop(true)`',
  covers: (path) => !isTestFile(path),
  find: perNode((node) => {
    const flag = declaresFunction(node) ? node.parameters.find(isBooleanParameter) : undefined;
    return flag ? `takes the boolean \`${flag.name.getText()}\`` : undefined;
  }),
  planted: [
    { path: "src/tools/a.ts", text: "function stop(force: boolean) {}" },
    { path: "src/tools/a.ts", text: "class A { stop(force = false) {} }" },
    { path: "src/tools/a.ts", text: "interface A { stop(force?: boolean): void }" },
    { path: "src/tools/a.ts", text: "const stop = (force: boolean) => {};" },
  ],
  benign: [
    {
      path: "src/tools/a.ts",
      text: "function stop(options: { force: boolean }): boolean { return on((open) => open); }",
    },
  ],
};

const isBranch = (node: ts.Node): boolean =>
  (ts.isIfStatement(node) && !(ts.isIfStatement(node.parent) && node.parent.elseStatement === node)) ||
  ts.isForStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isWhileStatement(node) ||
  ts.isDoStatement(node) ||
  ts.isSwitchStatement(node) ||
  ts.isTryStatement(node);

function nesting(node: ts.Node): number {
  let depth = 0;
  for (let above: ts.Node | undefined = node; above && !ts.isFunctionLike(above); above = above.parent) {
    if (isBranch(above)) depth += 1;
  }
  return depth;
}

const shallow: Gate = {
  name: `statements nest at most ${nestingMax} deep`,
  why: "Branches on top, straight lines below",
  covers: (path) => !isTestFile(path),
  find: perNode((node) => (isBranch(node) && nesting(node) > nestingMax ? `nests ${nesting(node)} deep` : undefined)),
  planted: [{ path: "src/tools/a.ts", text: "for (;;) { if (a) { try { if (b) c(); } catch {} } }" }],
  benign: [
    { path: "src/tools/a.ts", text: "for (;;) { if (a) { try { b(); } catch {} } else if (c) { while (d) e(); } }" },
  ],
};

const emptyWords = /(^|[-/])(utils?|helpers?|shared|common|misc|extra|v2)(?=[-./])/;

const fileNames: Gate = {
  name: "files are named after what they hold",
  why: "A file called utils, helpers or index tells nothing and collects everything",
  covers: (path) => path.startsWith("src/") || path.startsWith("ui/src/") || path.startsWith("test/"),
  find: (sources) =>
    sources
      .filter(({ path }) => emptyWords.test(path.replace(/^(ui\/)?(src|test)\//, "/")) || /\/index\.tsx?$/.test(path))
      .map(({ path }) => ({ where: path, what: "has a name without meaning" })),
  planted: [
    { path: "src/tools/utils.ts", text: "" },
    { path: "src/common/a.ts", text: "" },
    { path: "src/tools/path-helpers.ts", text: "" },
    { path: "src/tools/index.ts", text: "" },
    { path: "src/tools/runner-v2.ts", text: "" },
  ],
  benign: [{ path: "src/tools/extract.ts", text: "" }],
};

const namedDeclaration = (node: ts.Node): string | undefined => {
  const declares =
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isClassDeclaration(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isInterfaceDeclaration(node);
  return declares && node.name && ts.isIdentifier(node.name) ? node.name.text : undefined;
};

const noResolve: Gate = {
  name: "nothing is called resolve…",
  why: "It means everything; say parse, compile, load, find, choose",
  covers: everywhere,
  find: perNode((node) => {
    const name = namedDeclaration(node);
    return name !== undefined && /^resolve([A-Z]|$)/i.test(name) && !/^resolve[a-z]/.test(name)
      ? `declares \`${name}\``
      : undefined;
  }),
  planted: [
    { path: "src/tools/a.ts", text: "function resolveTool() {}" },
    { path: "src/tools/a.ts", text: "const resolveAgent = () => 1;" },
  ],
  benign: [
    { path: "src/tools/a.ts", text: "new Promise((resolve) => resolve(1)); const at = path.resolve('a');" },
    { path: "src/tools/a.ts", text: "const resolved = 1;" },
  ],
};

const mockCalls = /^(vi|jest)\.(mock|doMock|unmock|hoisted|importMock)$/;

const noModuleMocks: Gate = {
  name: "no module is mocked",
  why: "A fake implements the port and passes its contract suite; files share one process",
  covers: everywhere,
  find: perNode((node) =>
    ts.isCallExpression(node) && mockCalls.test(node.expression.getText()) ? "mocks a module" : undefined,
  ),
  planted: [{ path: "src/tools/a.test.ts", text: `vi.${"mock"}("node:fs");` }],
  benign: [{ path: "src/tools/a.test.ts", text: "const answer = vi.fn();" }],
};

const switches = new Set(["only", "skip", "todo", "fails", "skipIf", "runIf"]);
const suites = new Set(["test", "it", "describe"]);

/** `test.skip`, called or handed on; `context.skip()`; a condition that takes `test` or something else. */
function switchesTests(node: ts.Node): boolean {
  if (ts.isConditionalExpression(node)) {
    return [node.whenTrue, node.whenFalse].some((branch) => ts.isIdentifier(branch) && suites.has(branch.text));
  }
  if (!ts.isPropertyAccessExpression(node) || !switches.has(node.name.text)) return false;
  const of = node.expression.getText();
  return suites.has(of.split(".")[0] ?? "") || (node.name.text === "skip" && ts.isCallExpression(node.parent));
}

const noSwitchedOffTests: Gate = {
  name: "tests are skipped by `needs` only",
  why: "A skip must name the package that it waits for, and fail where everything is required",
  covers: (path) => isTestFile(path) && path !== "test/needs.ts" && !path.startsWith("test/e2e/"),
  find: perNode((node) => (switchesTests(node) ? "switches a test on or off" : undefined)),
  planted: [
    { path: "test/a.test.ts", text: `test.${"only"}("a", f);` },
    { path: "test/a.test.ts", text: `describe.${"skip"}("a", f);` },
    { path: "test/a.test.ts", text: `test.${"runIf"}(root)("a", f);` },
    { path: "test/a.test.ts", text: `const mine = can ? other : test.${"skip"};` },
    { path: "test/a.test.ts", text: "const mine = can ? test : () => undefined;" },
    { path: "test/a.test.ts", text: `test("a", (context) => context.${"skip"}());` },
  ],
  benign: [{ path: "test/a.test.ts", text: 'test("a", f); needs("bubblewrap")("a", f); test.each(rows)("a", f);' }],
};

// Written in halves, so that this file does not report itself.
const unfinished = new RegExp(`\\b(TO${"DO"}|FIX${"ME"}|XX${"X"}|HAC${"K"})\\b`);
const suppressed = new RegExp(
  [
    `@ts-(ig${"nore"}|noc${"heck"})`,
    `Stryker dis${"able"}`,
    `biome-ign${"ore"}[^:]*(noExcessive|useMaxParams|noExplicitAny|noNonNull|noProcessEnv|noImportCycles|noBarrel|noDefault)`,
  ].join("|"),
);

const finished: Gate = {
  name: "what is written is finished",
  why: "No open ends, and no rule of the house is switched off by a comment",
  covers: everywhere,
  find: perLine((line) => {
    if (unfinished.test(line)) return "leaves an open end";
    return suppressed.test(line) ? "switches a rule off" : undefined;
  }),
  planted: [
    { path: "src/tools/a.ts", text: `// TO${"DO"}: later` },
    { path: "src/tools/a.ts", text: `// @ts-ig${"nore"}` },
    { path: "src/policy/a.ts", text: `// Stryker dis${"able"} all` },
    { path: "src/tools/a.ts", text: `// biome-ign${"ore"} lint/complexity/useMaxParams: because` },
  ],
  benign: [{ path: "src/tools/a.ts", text: "// every item of the todo list. Why: …" }],
};

export const styleGates: readonly Gate[] = [
  fileSize,
  functionSize,
  noBooleanParameters,
  shallow,
  fileNames,
  noResolve,
  noModuleMocks,
  noSwitchedOffTests,
  finished,
];
