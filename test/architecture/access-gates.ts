/** Gates that keep every access decision in the policy engine and every effect behind the guard. */
import ts from "typescript";
import { everywhere, type Gate, perNode, productionExcept, type Violation } from "./gate.ts";
import { lineOf, nodesOf, type Source } from "./source.ts";

const accessWords = new Set(["dmPolicy", "groupPolicy", "allowFrom", "requireMention"]);

/** The name that `node` reads from an object: `x.name`, `x["name"]`, `const { name } = x`. */
function readName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return node.argumentExpression.text;
  }
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    return (node.propertyName ?? node.name).getText().replace(/^["']|["']$/g, "");
  }
  return undefined;
}

const accessVocabulary: Gate = {
  name: "access settings are read by config and policy only",
  why: "A second reader of an access setting is a second opinion about who may do what",
  covers: productionExcept("src/config/", "src/policy/"),
  find: perNode((node) => {
    const name = readName(node);
    return name !== undefined && accessWords.has(name) ? `reads \`${name}\`` : undefined;
  }),
  planted: [
    { path: "src/inbound/receive.ts", text: "if (channel.dmPolicy === 'open') admit();" },
    { path: "src/gateway/routes.ts", text: "const list = channel['allowFrom'];" },
    { path: "src/channels/irc/irc.ts", text: "const { requireMention: gate } = group;" },
    { path: "src/audit/reach.ts", text: "const { groupPolicy } = group;" },
  ],
  benign: [
    { path: "src/policy/compile.ts", text: "const open = channel.dmPolicy === 'open';" },
    { path: "src/audit/reach.ts", text: 'const fix = "set channels.irc.dmPolicy to pairing";' },
    { path: "src/identity/pairing-store.ts", text: "const name = `" + "$" + "{channel}-allowFrom.json`;" },
  ],
};

const mentionsAuthorized = (node: ts.Node) => /\bAuthorized\b/.test(node.getText());

const castsToAuthorized = (node: ts.Node): boolean =>
  (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) && mentionsAuthorized(node.type);

function forgery(node: ts.Node): string | undefined {
  if (castsToAuthorized(node)) return "casts to `Authorized`";
  if (ts.isTypePredicateNode(node) && node.type && mentionsAuthorized(node.type))
    return "declares a value `Authorized`";
  // `JSON.parse` and other `any` values would pass into such a variable unseen.
  if (ts.isVariableDeclaration(node) && node.type && mentionsAuthorized(node.type)) {
    return "annotates a variable as `Authorized` instead of taking the guard's value";
  }
  // A copy carries the seal to another request.
  if (ts.isSpreadAssignment(node) && /\bauthorized$/i.test(node.expression.getText())) return "copies a sealed request";
  return namesSeal(node) ? "names the seal" : undefined;
}

const namesSeal = (node: ts.Node): boolean =>
  ts.isImportSpecifier(node) && (node.propertyName ?? node.name).text === "seal";

const sealOutsideGuard: Gate = {
  name: "only the guard seals",
  why: "What was not decided by the guard must not look as if it were",
  covers: (path) => !path.startsWith("src/guard/"),
  find: perNode(forgery),
  planted: [
    { path: "src/tools/runner.ts", text: "run({ request } as Authorized<ToolRequest>);" },
    { path: "test/scenarios/a.test.ts", text: "const sealed = { request } as unknown as Authorized;" },
    { path: "src/tools/runner.ts", text: "const sealed: Authorized<ToolRequest> = JSON.parse(text);" },
    { path: "src/tools/runner.ts", text: "function is(x: unknown): x is Authorized { return true; }" },
    { path: "src/tools/runner.ts", text: "run({ ...verdict.authorized, request: other });" },
    { path: "src/tools/runner.ts", text: 'import { seal } from "../guard/authorized.ts";' },
    { path: "test/fakes/a.ts", text: 'import { seal as sign } from "../../src/guard/authorized.ts";' },
  ],
  benign: [
    { path: "src/tools/runner.ts", text: "const { authorized } = verdict; run(authorized);" },
    { path: "src/tools/tool.ts", text: "type Run = (call: Authorized<ToolRequest>) => Promise<void>;" },
    { path: "src/tools/registry.ts", text: 'import { requireSeal } from "../guard/authorized.ts";' },
  ],
};

const sealModule = "src/guard/authorized.ts";

const oneSealInGuard: Gate = {
  name: "the guard seals in one place",
  why: "A second constructor of the seal is a second door",
  covers: (path) => path.startsWith("src/guard/") && !path.endsWith(".test.ts"),
  find: (sources) =>
    sources.flatMap((source) => (source.path === sealModule ? extraSeals(source) : secondDoors(source))),
  planted: [
    { path: "src/guard/create-guard.ts", text: "const a = x as Authorized<R>;" },
    { path: "src/guard/ledger.ts", text: 'import { seal } from "./authorized.ts";' },
    { path: "src/guard/ledger.ts", text: "function is(x: unknown): x is Authorized { return true; }" },
    { path: "src/guard/create-guard.ts", text: "const { seal: one } = it; export { seal } from './authorized.ts';" },
    { path: sealModule, text: "const a = new SealedRequest(x); sealed.add(a); const b = new SealedRequest(y);" },
    { path: sealModule, text: "const a = new SealedRequest(x); sealed.add(a); sealed.add(b);" },
    { path: sealModule, text: "export class SealedRequest {}" },
  ],
  benign: [
    { path: "src/guard/create-guard.ts", text: 'import { seal } from "./authorized.ts"; seal(allowed);' },
    { path: sealModule, text: "class SealedRequest {} const a = new SealedRequest(x); sealed.add(a);" },
  ],
};

/** In the module of the seal: one constructor call, one mark, and neither leaves the module. */
function extraSeals(source: Source): Violation[] {
  const nodes = [...nodesOf(source)];
  const made = nodes.filter((node) => ts.isNewExpression(node) && node.expression.getText() === "SealedRequest");
  const marked = nodes.filter((node) => ts.isCallExpression(node) && node.expression.getText() === "sealed.add");
  const leaving = nodes.filter(
    (node) =>
      ts.isExportDeclaration(node) ||
      (ts.isClassDeclaration(node) &&
        node.name?.text === "SealedRequest" &&
        node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)),
  );
  return [...made.slice(1), ...marked.slice(1), ...leaving].map((node) => ({
    where: `${source.path}:${lineOf(source, node)}`,
    what: "seals a second time",
  }));
}

function secondDoors(source: Source): Violation[] {
  return [...nodesOf(source)].flatMap((node) => {
    const predicate = ts.isTypePredicateNode(node) && node.type !== undefined && mentionsAuthorized(node.type);
    const exported = ts.isExportSpecifier(node) && (node.propertyName ?? node.name).text === "seal";
    const taken = namesSeal(node) && source.path !== "src/guard/create-guard.ts";
    const second = castsToAuthorized(node) || predicate || exported || taken;
    return second ? [{ where: `${source.path}:${lineOf(source, node)}`, what: "is a second way to a seal" }] : [];
  });
}

const enforcementPoints = [
  "src/guard/",
  "src/inbound/",
  "src/gateway/dispatch",
  "src/tools/runner.ts",
  "src/nodes/",
] as const;

function asksGuard(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && node.name.text === "check" && /guard$/i.test(node.expression.getText())) {
    return "calls the guard";
  }
  const taken =
    ts.isVariableDeclaration(node) &&
    ts.isObjectBindingPattern(node.name) &&
    /guard$/i.test(node.initializer?.getText() ?? "");
  return taken && /\bcheck\b/.test(node.name.getText()) ? "takes `check` out of the guard" : undefined;
}

const guardCallers: Gate = {
  name: "the guard is asked at the enforcement points only",
  why: `Enforcement points: ${enforcementPoints.join(", ")}. Elsewhere the answer would be asked for and then forgotten`,
  covers: productionExcept(...enforcementPoints),
  find: perNode(asksGuard),
  planted: [
    { path: "src/agent/turn.ts", text: "const verdict = await deps.guard.check(request);" },
    { path: "src/gateway/methods/health.ts", text: "const { check } = services.guard; check(request);" },
    { path: "src/tools/exec/exec.ts", text: "await guard.check(request);" },
  ],
  benign: [
    { path: "src/tools/runner.ts", text: "const verdict = await guard.check(request);" },
    { path: "src/inbound/receive.ts", text: "const verdict = await deps.guard.check(request);" },
    { path: "src/platform/lock.ts", text: "schema.check(value);" },
  ],
};

function callsDecide(node: ts.Node): string | undefined {
  if (ts.isCallExpression(node) && /(^|\.)decide$/.test(node.expression.getText())) return "calls `decide`";
  if (ts.isImportSpecifier(node) && (node.propertyName ?? node.name).text === "decide") return "imports `decide`";
  return undefined;
}

const decideCallers: Gate = {
  name: "decide is called by guard and policy only",
  why: "Run time asks the guard; audit, explain and who-can ask the policy's own survey and explain",
  covers: productionExcept("src/guard/", "src/policy/"),
  find: perNode(callsDecide),
  planted: [
    { path: "src/audit/reach.ts", text: "const decision = decide(policy, request);" },
    { path: "src/cli/explain.ts", text: 'import { decide as answer } from "../policy/decide.ts";' },
  ],
  benign: [
    { path: "src/policy/survey.ts", text: "const decision = decide(policy, request);" },
    { path: "src/guard/create-guard.ts", text: "const decision = decide(policy, request);" },
    { path: "src/audit/reach.ts", text: "const cells = survey(policy, universe);" },
  ],
};

const escapeHatches: Gate = {
  name: "no cast switches the types off",
  why: "`any` and `never` fit everywhere, the sealed types included",
  covers: everywhere,
  find: perNode((node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) return "uses `any`";
    const never = ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.NeverKeyword;
    return never ? "casts to `never`" : undefined;
  }),
  planted: [
    { path: "src/tools/runner.ts", text: "run(call as any);" },
    { path: "test/scenarios/a.test.ts", text: "run(call as never);" },
    { path: "ui/src/main.tsx", text: "let x: any;" },
  ],
  benign: [{ path: "src/tools/runner.ts", text: "const x: never = unreachable; const y = z as unknown; // any never" }],
};

const swallowingFolders = ["src/config/", "src/guard/", "src/identity/", "src/policy/", "src/sessions/"];

const emptyValue = (node: ts.Node): boolean =>
  (ts.isArrayLiteralExpression(node) && node.elements.length === 0) ||
  (ts.isObjectLiteralExpression(node) && node.properties.length === 0) ||
  (ts.isNewExpression(node) && /^(Map|Set)$/.test(node.expression.getText()) && !node.arguments?.length) ||
  (ts.isParenthesizedExpression(node) && emptyValue(node.expression));

function swallows(node: ts.Node): string | undefined {
  if (ts.isReturnStatement(node) && node.expression && emptyValue(node.expression)) {
    let above: ts.Node | undefined = node.parent;
    while (above && !ts.isCatchClause(above) && !ts.isFunctionLike(above)) above = above.parent;
    return above && ts.isCatchClause(above) ? "turns an error into an empty list" : undefined;
  }
  if (!ts.isCallExpression(node) || !/\.catch$/.test(node.expression.getText())) return undefined;
  const handler = node.arguments[0];
  return handler && ts.isArrowFunction(handler) && emptyValue(handler.body)
    ? "turns an error into an empty list"
    : undefined;
}

const unreadableIsAnError: Gate = {
  name: "an unreadable store is an error",
  why: "An empty list is nobody; an unreadable one is unknown, and unknown must not look like nobody",
  covers: (path) => swallowingFolders.some((folder) => path.startsWith(folder)),
  find: perNode(swallows),
  planted: [
    { path: "src/identity/pairing-store.ts", text: "const list = await load().catch(() => []);" },
    { path: "src/identity/pairing-store.ts", text: "function f() { try { return g(); } catch { return []; } }" },
    { path: "src/config/load.ts", text: "const env = await load().catch(() => ({}));" },
  ],
  benign: [
    { path: "src/identity/pairing-store.ts", text: "function f(x?: string) { return x ? [x] : []; }" },
    { path: "src/identity/pairing-store.ts", text: "try { f(); } catch (cause) { throw new StoreError(cause); }" },
  ],
};

export const accessGates: readonly Gate[] = [
  accessVocabulary,
  sealOutsideGuard,
  oneSealInGuard,
  guardCallers,
  decideCallers,
  escapeHatches,
  unreadableIsAnError,
];
