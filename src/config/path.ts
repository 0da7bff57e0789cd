/** Paths of the config: `agents.list[0].tools.deny`, `channels.irc.groups["#a.b"].tools`. */

export type PathPart = string | number;
export type ConfigPath = readonly PathPart[];

class PathError extends Error {
  readonly code = "config.bad_path";
}

const plain = /^[A-Za-z0-9_$#*+@:/-]+$/;
const digits = /^(0|[1-9]\d{0,8})$/;

/** Keys that reach into the prototype of objects; refused everywhere. */
export const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "prototype", "constructor"]);

/** The text that `parsePath` reads back to the same path. */
export function formatPath(path: ConfigPath): string {
  return path.map((part, index) => formatPart(part, index)).join("");
}

function formatPart(part: PathPart, index: number): string {
  if (typeof part === "number") return `[${part}]`;
  if (!plain.test(part)) return `[${JSON.stringify(part)}]`;
  return index === 0 ? part : `.${part}`;
}

const partPattern = /\.?([A-Za-z0-9_$#*+@:/-]+)|\[(0|[1-9]\d{0,8})\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** Parses a path as people write it. Throws PathError that says where it stops making sense. */
export function parsePath(text: string): ConfigPath {
  const path: PathPart[] = [];
  partPattern.lastIndex = 0;
  while (partPattern.lastIndex < text.length) {
    const at = partPattern.lastIndex;
    const match = partPattern.exec(text);
    const misplacedDot = match !== null && match[0].startsWith(".") !== (at > 0 && match[1] !== undefined);
    if (!match || misplacedDot) throw badPath(text, at);
    path.push(partOf(match, text));
  }
  if (path.length === 0) throw badPath(text, 0);
  return path;
}

function partOf([, name, index, quoted]: RegExpExecArray, text: string): PathPart {
  if (index !== undefined) return Number(index);
  const part = name ?? unquote(quoted ?? "", text);
  if (forbiddenKeys.has(part)) throw new PathError(`\`${part}\` is not a key that a config may have`);
  return part;
}

function unquote(quoted: string, text: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw badPath(text, text.indexOf(quoted));
  }
}

function badPath(text: string, at: number): PathError {
  const where = text.length === 0 ? "it is empty" : `it stops making sense at character ${at + 1}`;
  return new PathError(
    `\`${text}\` is not a path: ${where}; write it like gateway.port, agents.list[0].id or channels.irc.groups["#a.b"]`,
  );
}

/** One spelling per place, for look-ups: parts joined by dots, indexes as digits. */
export function pathKey(path: ConfigPath): string {
  return path.join(".");
}

/** The look-up key of a path written as text; texts that are no path are taken as they are. */
export function pathKeyOf(text: string): string {
  try {
    return pathKey(parsePath(text));
  } catch {
    return text;
  }
}

export const isIndex = (part: PathPart): part is number => typeof part === "number" || digits.test(part);
