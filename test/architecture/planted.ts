/** Files that break one rule each. They are written to a temporary folder, never compiled. */
type Planted = { readonly path: string; readonly text: string; readonly rule?: string };

const base: readonly Planted[] = [
  { path: "src/platform/benign-clock.ts", text: "export const now = 1;\n" },
  { path: "src/config/benign-schema.ts", text: "export type Config = { a: number };\nexport const config = 1;\n" },
  {
    path: "src/policy/benign-decide.ts",
    text: 'import type { Config } from "../config/benign-schema.ts";\nexport type P = Config;\n',
  },
  { path: "src/cli/benign-status.ts", text: "export const status = 1;\n" },
  { path: "src/channels/contract.ts", text: "export type Channel = { name: string };\n" },
  {
    path: "src/channels/benign/benign.ts",
    text: 'import type { Channel } from "../contract.ts";\nimport { now } from "../../platform/benign-clock.ts";\nexport const c: Channel = { name: now.toString() };\n',
  },
  {
    path: "src/tools/benign-path.ts",
    text: 'import { join } from "node:path";\nimport type { Server } from "node:http";\nexport type S = Server;\nexport const j = join;\n',
  },
  { path: "src/main.ts", text: "export const main = 1;\n" },
];

const imports = (path: string, rule: string, from: string): Planted => ({
  path,
  rule,
  text: `import * as it from "${from}";\nexport const used = it;\n`,
});

const upward = [
  "platform",
  "config",
  "policy",
  "guard",
  "identity",
  "channels",
  "sessions",
  "tools",
  "nodes",
  "agent",
  "plugins",
  "inbound",
  "automation",
  "gateway",
  "audit",
  "composition",
].map((layer) => imports(`src/${layer}/upward.ts`, `${layer}-imports-downward`, "../cli/benign-status.ts"));

export const layerViolations: readonly Planted[] = [
  ...base,
  ...upward,
  imports("src/cli/upward.ts", "cli-imports-downward", "../main.ts"),
  {
    path: "src/guard/type-upward.ts",
    rule: "guard-imports-downward",
    text: 'import type { S } from "../tools/benign-path.ts";\nexport type T = S;\n',
  },
  imports("src/tools/cycle-a.ts", "no-cycles", "./cycle-b.ts"),
  { path: "src/tools/cycle-b.ts", text: 'import * as it from "./cycle-a.ts";\nexport const used = it;\n' },
  imports("src/tools/unresolvable.ts", "nothing-unresolvable", "./absent.ts"),
  imports("src/stranger/new-folder.ts", "every-folder-is-a-layer", "./other.ts"),
  { path: "src/stranger/other.ts", text: "export const other = 1;\n" },
  imports("src/cli/imports-main.ts", "nothing-imports-main", "../main.ts"),
  imports("src/policy/package.ts", "policy-is-pure", "zod"),
  imports("src/policy/core.ts", "policy-is-pure", "node:crypto"),
  imports("src/policy/platform.ts", "policy-is-pure", "../platform/benign-clock.ts"),
  imports("src/policy/value.ts", "policy-takes-config-types-only", "../config/benign-schema.ts"),
  imports("src/channels/a/policy.ts", "channels-know-the-contract-and-the-platform", "../../policy/benign-decide.ts"),
  imports("src/channels/a/neighbour.ts", "channels-do-not-know-each-other", "../benign/benign.ts"),
  imports("src/tools/files.ts", "effects-live-in-platform", "node:fs/promises"),
  imports("src/sessions/database.ts", "effects-live-in-platform", "node:sqlite"),
  imports("src/gateway/socket.ts", "network-packages-live-in-platform", "ws"),
  imports("src/tools/json.ts", "config-text-packages-live-in-config", "json5"),
  imports("src/agent/turn.ts", "model-packages-live-in-providers", "@ai-sdk/openai"),
  imports("src/gateway/terminal.ts", "terminal-packages-live-in-cli", "commander"),
  imports("src/channels/irc/telegram.ts", "telegram-sdk-lives-in-its-channel", "grammy"),
  imports("src/channels/telegram/irc.ts", "irc-sdk-lives-in-its-channel", "irc-framework"),
  imports("ui/src/value.ts", "the-page-takes-types-only", "../../src/platform/benign-clock.ts"),
];

const lines = (line: string, count: number) => `${line}\n`.repeat(count);
const tangled = "if (a) { for (const b of a) { if (b) { while (c) { if (d) e(); } } } }\n";

export const lintViolations: readonly Required<Planted>[] = [
  {
    path: "src/tools/lint-a.ts",
    rule: "noExcessiveLinesPerFunction",
    text: `export function f() {\n${lines("g();", 71)}}\n`,
  },
  {
    path: "src/tools/lint-b.ts",
    rule: "noExcessiveCognitiveComplexity",
    text: `export function f() {\n${lines(tangled, 2)}}\n`,
  },
  {
    path: "src/tools/lint-c.ts",
    rule: "useMaxParams",
    text: "export function f(a: 1, b: 1, c: 1, d: 1) {\n  return [a, b, c, d];\n}\n",
  },
  { path: "src/tools/lint-d.ts", rule: "noExcessiveLinesPerFile", text: lines("f();", 501) },
  { path: "src/tools/lint-e.ts", rule: "noExplicitAny", text: "export const a: any = 1;\n" },
  { path: "src/tools/lint-f.ts", rule: "noNonNullAssertion", text: "export const a = b!.c;\n" },
  { path: "src/tools/lint-g.ts", rule: "noDefaultExport", text: "export default 1;\n" },
  { path: "src/tools/lint-h.ts", rule: "noBarrelFile", text: 'export * from "./lint-e.ts";\n' },
  { path: "src/tools/lint-i.ts", rule: "noConsole", text: "console.log(1);\n" },
  { path: "src/tools/lint-j.ts", rule: "noProcessEnv", text: "export const a = process.env.A;\n" },
  { path: "src/tools/lint-k.ts", rule: "noEmptyBlockStatements", text: "try {\n  f();\n} catch {}\n" },
  {
    path: "src/tools/lint-l.ts",
    rule: "useImportType",
    text: 'import { A } from "./lint-e.ts";\nexport type B = A;\n',
  },
  { path: "src/tools/LintM.ts", rule: "useFilenamingConvention", text: "export const a = 1;\n" },
  { path: "src/tools/lint-n.ts", rule: "noFloatingPromises", text: "async function f() {\n  await 1;\n}\nf();\n" },
  {
    path: "src/tools/lint-o.ts",
    rule: "useExhaustiveSwitchCases",
    text: 'declare const a: "x" | "y";\nswitch (a) {\n  case "x":\n    f();\n}\n',
  },
  {
    path: "src/tools/lint-p.ts",
    rule: "noImportCycles",
    text: 'import { b } from "./lint-q.ts";\nexport const a = b;\n',
  },
  {
    path: "src/tools/lint-q.ts",
    rule: "noImportCycles",
    text: 'import { a } from "./lint-p.ts";\nexport const b = a;\n',
  },
];
