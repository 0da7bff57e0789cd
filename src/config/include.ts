/** `$include`: parts of the config in files of their own, inside the folder of the main file. */
import { type ConfigPath, formatPath } from "./path.ts";
import { type ConfigProblem, describeProblem, type ProblemWords } from "./problem.ts";
import { type ObjectTree, type Place, parseTree, TextError, type Tree } from "./tree.ts";

const includeDepthMax = 10;
/** Over the whole config: a few files that include each other many times must not take forever. */
const includesMax = 100;

type IncludedFile = { readonly file: string; readonly text: string };

/** Finds and reads what `specifier` names, relative to the file `from`. Throws IncludeError. */
export type ReadInclude = (specifier: string, from: string) => IncludedFile;

export class IncludeError extends Error {
  readonly code: "config.include_outside" | "config.include_unreadable";
  readonly fix: string;

  constructor(code: IncludeError["code"], message: string, fix: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}

export type Expanded = {
  readonly tree: Tree;
  /** The included files, in the order of reading, without duplicates. */
  readonly files: readonly string[];
  readonly problems: readonly ConfigProblem[];
};

type Walk = { readonly chain: readonly string[]; readonly path: ConfigPath };

/** Replaces every `$include` by what it names. What cannot be included is a fatal problem and left out. */
export function expandIncludes(tree: Tree, file: string, readInclude: ReadInclude): Expanded {
  const files = new Set<string>();
  const problems: ConfigProblem[] = [];
  let count = 0;

  function expand(at: Tree, walk: Walk): Tree {
    if (at.kind === "scalar") return at;
    if (at.kind === "array") {
      return { ...at, items: at.items.map((item, index) => expand(item, { ...walk, path: [...walk.path, index] })) };
    }
    const members = new Map<string, Tree>();
    for (const [name, value] of at.members) {
      if (name !== "$include") members.set(name, expand(value, { ...walk, path: [...walk.path, name] }));
    }
    const own: ObjectTree = { ...at, members };
    const include = at.members.get("$include");
    return include ? included(include, own, walk) : own;
  }

  function included(include: Tree, own: ObjectTree, walk: Walk): Tree {
    const specifiers = specifiersOf(include);
    if (!specifiers) {
      report(include.place, walk, {
        code: "config.include_unreadable",
        message: "`$include` is a file name or a list of file names",
        fix: 'write `$include: "./part.json5"`',
      });
      return own;
    }
    const parts = specifiers.flatMap((specifier) => readPart(specifier, include.place, walk) ?? []);
    const [only] = parts;
    if (parts.length === 1 && only && own.members.size === 0) return only;
    const objects = parts.filter((part) => part.kind === "object");
    if (objects.length < parts.length) {
      report(include.place, walk, {
        code: "config.include_not_object",
        message: "an included file that is merged with others must hold an object",
        fix: "include it alone, without sibling keys",
      });
    }
    return [...objects, own].reduce<Tree>((merged, part) => mergeTrees(merged, part), objects[0] ?? own);
  }

  function readPart(specifier: string, place: Place, walk: Walk): Tree | undefined {
    try {
      const part = readInclude(specifier, walk.chain.at(-1) ?? file);
      const chain = [...walk.chain, part.file];
      count += 1;
      const refusal = refusalOf(chain, count);
      if (refusal) return report(place, walk, refusal);
      files.add(part.file);
      return expand(parseTree(part.text, part.file), { ...walk, chain });
    } catch (error) {
      if (error instanceof IncludeError) return report(place, walk, error);
      if (error instanceof TextError) return report(error.place, walk, error);
      throw error;
    }
  }

  function report(place: Place, walk: Walk, { code, message, fix }: ProblemWords): undefined {
    problems.push(describeProblem([...walk.path, "$include"], place, { code, message, fix, severity: "fatal" }));
    return undefined;
  }

  const expanded = expand(tree, { chain: [file], path: [] });
  return { tree: expanded, files: [...files], problems };
}

/** Why the last file of the chain is not followed; undefined when it is. */
function refusalOf(chain: readonly string[], count: number): ProblemWords | undefined {
  const last = chain.at(-1) ?? "";
  if (chain.indexOf(last) < chain.length - 1) {
    const message = `files include each other: ${chain.join(" → ")}`;
    return { code: "config.include_cycle", message, fix: "remove one of these includes" };
  }
  if (chain.length - 1 <= includeDepthMax && count <= includesMax) return undefined;
  return {
    code: "config.include_too_deep",
    message: `too many includes: ${chain.join(" → ")}`,
    fix: `at most ${includeDepthMax} levels and ${includesMax} includes are followed`,
  };
}

function specifiersOf(include: Tree): string[] | undefined {
  const items = include.kind === "array" ? include.items : [include];
  const specifiers = items.map((item) => (item.kind === "scalar" && typeof item.value === "string" ? item.value : ""));
  return specifiers.includes("") ? undefined : specifiers;
}

/** Objects are merged key by key; anything else of `over` replaces what was there. */
function mergeTrees(under: Tree, over: Tree): Tree {
  if (under.kind !== "object" || over.kind !== "object") return over;
  const members = new Map(under.members);
  for (const [name, value] of over.members) {
    const earlier = members.get(name);
    members.set(name, earlier ? mergeTrees(earlier, value) : value);
  }
  return { ...over, members };
}

/** For configs without a file system: every include is refused. */
export const noIncludes: ReadInclude = (specifier) => {
  throw new IncludeError(
    "config.include_unreadable",
    `${formatPath(["$include"])} names ${specifier}, but this text has no folder`,
    "put the content here",
  );
};
