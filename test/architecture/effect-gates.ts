/** Gates about effects: processes, environment, loading of code. */
import ts from "typescript";
import { everywhere, type Gate, perNode, productionExcept } from "./gate.ts";

const shellFunctions = new Set(["exec", "execSync"]);

/** The module that an import or export declaration names. */
function moduleOf(node: ts.Node): string | undefined {
  const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined;
  return named && ts.isStringLiteral(named) ? named.text : undefined;
}

function importedNames(node: ts.ImportDeclaration): string[] {
  const bindings = node.importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) return [];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

function startsShell(node: ts.Node): string | undefined {
  if (
    ts.isPropertyAssignment(node) &&
    node.name.getText() === "shell" &&
    node.initializer.kind !== ts.SyntaxKind.FalseKeyword
  ) {
    const passesFlag = node.initializer.kind === ts.SyntaxKind.TrueKeyword || ts.isStringLiteral(node.initializer);
    return passesFlag ? "asks for a shell" : undefined;
  }
  if (!ts.isImportDeclaration(node) || !/^(node:)?child_process$/.test(moduleOf(node) ?? "")) return undefined;
  if (node.importClause?.namedBindings && ts.isNamespaceImport(node.importClause.namedBindings)) {
    return "imports child_process as a whole";
  }
  const shell = importedNames(node).find((name) => shellFunctions.has(name));
  return shell === undefined ? undefined : `imports \`${shell}\``;
}

const noShell: Gate = {
  name: "no program is started through a shell",
  why: "An argument must never become a command; start argv with spawn or execFile",
  covers: everywhere,
  find: perNode(startsShell),
  planted: [
    { path: "src/platform/processes.ts", text: 'import { exec } from "node:child_process";' },
    { path: "scripts/a.ts", text: 'import { execSync as run } from "child_process";' },
    { path: "src/platform/processes.ts", text: 'import * as processes from "node:child_process";' },
    { path: "src/platform/processes.ts", text: "spawn(file, argv, { shell: true });" },
    { path: "src/platform/processes.ts", text: 'spawn(file, argv, { shell: "/bin/bash" });' },
  ],
  benign: [
    {
      path: "src/platform/processes.ts",
      text: 'import { spawn } from "node:child_process"; spawn(file, argv, { shell: false });',
    },
    { path: "src/config/parse.ts", text: "const match = /a/.exec(text);" },
  ],
};

function readsEnvironment(node: ts.Node): string | undefined {
  const member =
    (ts.isPropertyAccessExpression(node) && node.name.text === "env") ||
    (ts.isElementAccessExpression(node) && /^["'`]env["'`]$/.test(node.argumentExpression.getText()));
  if (member && /^(globalThis\.)?process$/.test(node.expression.getText())) return "reads the environment";
  if (ts.isImportDeclaration(node) && /^(node:)?process$/.test(moduleOf(node) ?? "")) return "imports `process`";
  const taken =
    ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer?.getText() === "process";
  return taken && /\benv\b/.test(node.name.getText()) ? "takes `env` out of `process`" : undefined;
}

const environmentReader: Gate = {
  name: "the environment is read in one place",
  why: "src/platform/host.ts reads it and main.ts hands it on; a setting read elsewhere is in no schema and no documentation",
  covers: productionExcept("src/platform/host.ts", "src/main.ts"),
  find: perNode(readsEnvironment),
  planted: [
    { path: "src/config/load.ts", text: "const home = process.env.HOME;" },
    { path: "src/config/load.ts", text: 'const home = process["env"].HOME;' },
    { path: "src/config/load.ts", text: 'import { env } from "node:process";' },
    { path: "src/config/load.ts", text: "const { env } = process;" },
  ],
  benign: [
    { path: "src/platform/host.ts", text: "return process.env;" },
    { path: "src/config/load.ts", text: "const home = environment.HOME; const { env } = tool; process.exitCode = 1;" },
  ],
};

function hidesModule(node: ts.Node): string | undefined {
  if (readsMember(node, "getBuiltinModule")) return "calls `process.getBuiltinModule`";
  if (ts.isIdentifier(node) && node.text === "createRequire") return "makes its own `require`";
  if (ts.isCallExpression(node) && node.expression.getText() === "require") return "calls `require`";
  const importing = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const literal = importing && node.arguments[0] && ts.isStringLiteral(node.arguments[0]);
  return importing && !literal ? "imports a computed name" : undefined;
}

const readsMember = (node: ts.Node, name: string): boolean =>
  (ts.isPropertyAccessExpression(node) && node.name.text === name) ||
  (ts.isStringLiteralLike(node) && node.text === name);

const visibleImports: Gate = {
  name: "every import is visible to the layer rules",
  why: "A module that is loaded by a computed name passes dependency-cruiser unseen",
  covers: productionExcept("src/platform/"),
  find: perNode(hidesModule),
  planted: [
    { path: "src/tools/a.ts", text: 'const fs = process.getBuiltinModule("node:fs");' },
    { path: "src/tools/a.ts", text: 'const fs = process["getBuiltinModule"]("node:fs");' },
    { path: "src/tools/a.ts", text: 'import { createRequire } from "node:module";' },
    { path: "src/tools/a.ts", text: 'const fs = require("node:fs");' },
    { path: "src/tools/a.ts", text: "const fs = await import(name);" },
  ],
  benign: [
    { path: "src/main.ts", text: 'const { run } = await import("./cli/status.ts");' },
    { path: "src/platform/packages.ts", text: "const sdk = await import(pathToFileURL(path).href);" },
  ],
};

function compilesText(node: ts.Node): string | undefined {
  if (ts.isCallExpression(node) && /^(globalThis\.)?(eval|Function)$/.test(node.expression.getText()))
    return "compiles text";
  return ts.isNewExpression(node) && node.expression.getText() === "Function" ? "compiles text" : undefined;
}

const noCompiledText: Gate = {
  name: "no text becomes code",
  why: "The Gateway runs with code generation from strings disallowed",
  covers: everywhere,
  find: perNode(compilesText),
  planted: [
    { path: "src/tools/a.ts", text: "eval(text);" },
    { path: "src/tools/a.ts", text: "const f = new Function(text);" },
  ],
  benign: [{ path: "src/tools/a.ts", text: "page.evaluate(text); const f: Function = g;" }],
};

const zodAsNamespace: Gate = {
  name: "zod is imported as a namespace",
  why: 'The named import bundles every locale (584 kB instead of 142 kB): write `import * as z from "zod"`',
  covers: everywhere,
  find: perNode((node) => {
    if (!ts.isImportDeclaration(node) || !/^zod(\/|$)/.test(moduleOf(node) ?? "")) return undefined;
    if (node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return undefined;
    const bindings = node.importClause?.namedBindings;
    return bindings && ts.isNamespaceImport(bindings) ? undefined : "imports zod by name";
  }),
  planted: [
    { path: "src/config/schema.ts", text: 'import { z } from "zod";' },
    { path: "src/config/schema.ts", text: 'import z from "zod";' },
  ],
  benign: [
    { path: "src/config/schema.ts", text: 'import * as z from "zod";' },
    { path: "src/config/schema.ts", text: 'import type { ZodType } from "zod";' },
  ],
};

export const effectGates: readonly Gate[] = [
  noShell,
  environmentReader,
  visibleImports,
  noCompiledText,
  zodAsNamespace,
];
