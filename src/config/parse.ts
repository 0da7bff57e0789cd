/**
 * A config text becomes one frozen Config and a list of problems. Pure: includes and variables are given. Nothing is
 * guessed: what is wrong is left out and told, and what depends on it is switched off.
 */
import { expandIncludes, noIncludes, type ReadInclude } from "./include.ts";
import { setListedAside } from "./listed/set-aside.ts";
import { type ConfigPath, formatPath, pathKey, pathKeyOf } from "./path.ts";
import { type ConfigProblem, describeProblem, sectionOf } from "./problem.ts";
import type { RuleFault } from "./rule-fault.ts";
import { ruleFaults } from "./rules.ts";
import { type Config, configSchema, defaultConfig, freezeDeep } from "./schema.ts";
import { schemaFaults } from "./schema-faults.ts";
import { notShippedChannels } from "./sections/channel-names.ts";
import { substitute, type Variables } from "./substitute.ts";
import { textFaults } from "./text-rules.ts";
import { type ObjectTree, type Place, parseTree, TextError } from "./tree.ts";
import { isObject, type Json, placesOf, plainValue, valueAt, without } from "./value.ts";

/** `partial`: a section is switched off. `invalid`: the Gateway starts in recovery mode. */
export type ConfigStatus = "ok" | "absent" | "partial" | "invalid";

export type ParseOptions = {
  /** Name of the text in problems. */
  readonly file?: string;
  readonly variables?: Variables;
  readonly readInclude?: ReadInclude;
};

export type ParsedConfig = {
  readonly status: Exclude<ConfigStatus, "absent">;
  /** Complete: defaults where nothing valid is written, without the sections that are switched off. */
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Paths that are legal but that this version does not read. */
  readonly listedOnly: readonly string[];
  /** Sections that are switched off because something in them is wrong. */
  readonly switchedOff: readonly string[];
  /** Included files, absolute. */
  readonly includes: readonly string[];
  /** The file as written, includes merged, variables not replaced. Holds secrets: show it through `redactConfig`. */
  readonly written: Json;
  /** Where a setting comes from; undefined when it is a default. Accounts and agents inherit. */
  originOf(path: string): Place | undefined;
};

const textBytesMax = 1024 * 1024;

/** Parses the text of a config. Never throws: what is wrong is in `problems`. */
export function parseConfig(text: string, options: ParseOptions = {}): ParsedConfig {
  const file = options.file ?? "fased.json";
  const start: Place = { file, line: 1, column: 1 };
  try {
    if (Buffer.byteLength(text) > textBytesMax) throw tooLarge(start);
    const tree = text.trim() === "" ? emptyObject(start) : parseTree(text, file);
    if (tree.kind !== "object") throw notAnObject(start);
    return parseObject(tree, { ...options, file });
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    const { code, message, fix } = error;
    return unreadable([describeProblem([], error.place, { code, message, fix, severity: "fatal" })]);
  }
}

const emptyObject = (place: Place): ObjectTree => ({ kind: "object", place, members: new Map() });

const tooLarge = (place: Place) =>
  new TextError("config.syntax", place, {
    message: `the file is larger than ${textBytesMax} bytes`,
    fix: "a config is far smaller: check that this is the right file",
  });

const notAnObject = (place: Place) =>
  new TextError("config.syntax", place, { message: "a config is an object", fix: "wrap it in { }" });

/** What is known of a config whose text cannot be read. */
export function unreadable(problems: readonly ConfigProblem[]): ParsedConfig {
  return {
    status: "invalid",
    config: defaultConfig(),
    problems,
    listedOnly: [],
    switchedOff: [],
    includes: [],
    written: {},
    originOf: () => undefined,
  };
}

type Sure = ParseOptions & { readonly file: string };

function parseObject(tree: ObjectTree, { file, variables = {}, readInclude = noIncludes }: Sure): ParsedConfig {
  const expanded = expandIncludes(tree, file, readInclude);
  const places = placesOf(expanded.tree);
  const substituted = substitute(expanded.tree, variables);
  const collector = new ProblemCollector(places, file);
  const value = leaveOut(plainValue(substituted.tree), substituted.missing, collector.switchedOff);
  const config = checkedConfig(value, collector);
  const problems = [...expanded.problems, ...substituted.problems, ...collector.problems].sort(inFileOrder(file));
  return {
    status: statusOf(problems),
    config,
    problems,
    listedOnly: collector.listedOnly,
    switchedOff: [...collector.switchedOff],
    includes: expanded.files,
    written: plainValue(expanded.tree),
    originOf: (path) => originIn(places, path),
  };
}

function statusOf(problems: readonly ConfigProblem[]): ParsedConfig["status"] {
  if (problems.some(({ severity }) => severity === "fatal")) return "invalid";
  return problems.some(({ severity }) => severity === "section") ? "partial" : "ok";
}

/** The main file first, by line; a fatal problem before others of the same place. */
function inFileOrder(file: string) {
  const rank = (problem: ConfigProblem) => (problem.file === file ? 0 : 1);
  return (a: ConfigProblem, b: ConfigProblem) => rank(a) - rank(b) || a.line - b.line || a.column - b.column;
}

const severities = { note: "info", refused: "refused" } as const;

class ProblemCollector {
  readonly problems: ConfigProblem[] = [];
  readonly switchedOff = new Set<string>();
  listedOnly: readonly string[] = [];
  readonly #places: ReadonlyMap<string, Place>;
  readonly #file: string;

  constructor(places: ReadonlyMap<string, Place>, file: string) {
    this.#places = places;
    this.#file = file;
  }

  add({ path: checked, code, message, fix, weight }: RuleFault): void {
    const path = this.#writtenPath(checked);
    const severity = weight ? severities[weight] : sectionOf(path) ? "section" : "fatal";
    this.problems.push(describeProblem(path, this.#nearestPlace(path), { code, message, fix, severity }));
  }

  /** An account's setting may be written at its channel. */
  #writtenPath(path: ConfigPath): ConfigPath {
    const inherited = inheritedPath(path);
    return !this.#places.has(pathKey(path)) && this.#places.has(pathKey(inherited)) ? inherited : path;
  }

  #nearestPlace(path: ConfigPath): Place {
    const own = originIn(this.#places, formatPath(path));
    if (own) return own;
    if (path.length === 0) return { file: this.#file, line: 1, column: 1 };
    return this.#nearestPlace(path.slice(0, -1));
  }
}

/** A copy without the paths: an optional section goes as a whole, elsewhere only what is wrong goes. */
function leaveOut(value: Json, paths: readonly ConfigPath[], switchedOff: Set<string>): Json {
  const gone = new Map<string, ConfigPath>();
  for (const path of paths) {
    const section = sectionOf(path);
    if (section) switchedOff.add(formatPath(section));
    const out = section ?? path;
    gone.set(formatPath(out), out);
  }
  // From the back, so that earlier indexes of a list stay true.
  return [...gone.values()].sort(lastFirst).reduce(without, value);
}

function lastFirst(a: ConfigPath, b: ConfigPath): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return -1;
    if (part !== other) return typeof part === "number" && typeof other === "number" ? other - part : 0;
  }
  return a.length - b.length;
}

/** What is left out may leave something else incomplete; after this many rounds the defaults are taken. */
const roundsMax = 16;

function checkedConfig(written: Json, collector: ProblemCollector): Config {
  const aside = setListedAside(written, configSchema);
  collector.listedOnly = aside.listed.map(formatPath);
  const early = [...aside.faults, ...textFaults(written)];
  for (const fault of early) collector.add(fault);
  reportNotRead(aside.listed, written, collector);
  let value = leaveOut(
    aside.value,
    early.map(({ path }) => path),
    collector.switchedOff,
  );
  const told = { schema: false, rules: false };
  for (let round = 0; round < roundsMax; round += 1) {
    const { config, faults } = attempt(value);
    const checker = config ? "rules" : "schema";
    if (!told[checker]) for (const fault of faults) collector.add(fault);
    told.schema = true;
    told[checker] = true;
    const serious = faults.filter(({ weight }) => weight === undefined);
    if (config && serious.length === 0) return config;
    value = leaveOut(
      value,
      serious.map((fault) => causeOf(fault, value)),
      collector.switchedOff,
    );
  }
  return defaultConfig();
}

function attempt(value: Json): { config?: Config; faults: RuleFault[] } {
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) return { faults: schemaFaults(parsed.error, value) };
  const config = freezeDeep(parsed.data) as Config;
  return { config, faults: ruleFaults(config) };
}

/** What to leave out: a missing key cannot be, so what misses it is. */
function causeOf({ path }: RuleFault, value: Json): ConfigPath {
  let cause = path;
  while (cause.length > 1 && valueAt(value, cause) === undefined) cause = cause.slice(0, -1);
  return cause;
}

function reportNotRead(listed: readonly ConfigPath[], written: Json, collector: ProblemCollector): void {
  for (const path of listed) {
    if (isNotShipped(path)) continue;
    collector.add({
      path,
      code: "config.not_used",
      message: `\`${formatPath(path)}\` is legal, but this version does not use it`,
      fix: "nothing to do; do not rely on it yet",
      weight: "note",
    });
  }
  for (const channel of notShippedChannels) {
    if (!isObject(valueAt(written, ["channels", channel]))) continue;
    collector.add({
      path: ["channels", channel],
      code: "config.channel_not_shipped",
      message: `this version has no ${channel} channel; its access settings are checked and audited`,
      fix: "nothing to do; the channel stays off",
      weight: "note",
    });
  }
}

const notShipped: ReadonlySet<unknown> = new Set(notShippedChannels);

const isNotShipped = ([root, channel]: ConfigPath): boolean => root === "channels" && notShipped.has(channel);

/** Where a path, or what it inherits from, is written. */
function originIn(places: ReadonlyMap<string, Place>, path: string): Place | undefined {
  const key = pathKeyOf(path);
  return places.get(key) ?? places.get(pathKey(inheritedPath(key.split("."))));
}

/** What an account or an agent inherits at `path`; the path itself where it inherits nothing. */
function inheritedPath(path: ConfigPath): ConfigPath {
  const [root, second, third, , ...rest] = path;
  if (root === "channels" && second !== undefined && third === "accounts") return [root, second, ...rest];
  if (root === "agents" && second === "list") return [root, "defaults", ...path.slice(3)];
  return path;
}
