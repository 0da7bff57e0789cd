/** `${VAR}` in text values: replaced by the environment before the values are checked. `$${VAR}` stays `${VAR}`. */
import type { ConfigPath } from "./path.ts";
import { type ConfigProblem, problemAt } from "./problem.ts";
import type { Tree } from "./tree.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

const reference = /\$?\$\{([A-Z_][A-Z0-9_]*)\}/g;

export type Substituted = {
  readonly tree: Tree;
  readonly problems: readonly ConfigProblem[];
  /** Where variables are missing; such values are not checked further. */
  readonly missing: readonly ConfigPath[];
};

/** Replaces every reference. A missing or empty variable is a problem, as severe as the section it stands in. */
export function substitute(tree: Tree, variables: Variables): Substituted {
  const problems: ConfigProblem[] = [];
  const missing: ConfigPath[] = [];

  function walk(at: Tree, path: ConfigPath): Tree {
    if (at.kind === "array") return { ...at, items: at.items.map((item, index) => walk(item, [...path, index])) };
    if (at.kind === "object") {
      const members = [...at.members].map(([name, value]) => [name, walk(value, [...path, name])] as const);
      return { ...at, members: new Map(members) };
    }
    if (typeof at.value !== "string" || !at.value.includes("${")) return at;
    const absent = missingIn(at.value, variables);
    if (absent.length === 0) return { ...at, value: replaceIn(at.value, variables) };
    missing.push(path);
    problems.push(
      problemAt(path, at.place, {
        code: "config.missing_variable",
        message: `the variable ${absent.join(", ")} is not set`,
        fix: `set ${absent.join(", ")} in the environment or in the .env file of the state directory`,
      }),
    );
    return at;
  }

  return { tree: walk(tree, []), problems, missing };
}

const isEscaped = (match: string) => match.startsWith("$$");

function missingIn(text: string, variables: Variables): string[] {
  const names = [...text.matchAll(reference)].flatMap(([match, name]) => (name && !isEscaped(match) ? [name] : []));
  return [...new Set(names)].filter((name) => !variables[name]);
}

function replaceIn(text: string, variables: Variables): string {
  return text.replace(reference, (match, name: string) =>
    isEscaped(match) ? match.slice(1) : (variables[name] ?? ""),
  );
}

/** Whether the text is nothing but one reference: then it is a handle, not the value itself. */
export function isReference(text: string): boolean {
  return /^\$\{[A-Z_][A-Z0-9_]*\}$/.test(text);
}
