/** Writing the config: one writer at a time, on the text the writer saw, with the earlier text kept. */
import { dirname } from "node:path";
import type { Clock } from "../platform/clock.ts";
import { asFileError, FileError, readTextFileSync, writeFileAtomic } from "../platform/files.ts";
import { withFileLock } from "../platform/lock.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import { statePaths } from "../platform/state-paths.ts";
import { realPathSync } from "../platform/sync-facts.ts";
import { type ConfigPaths, type LoadedConfig, type LoadOptions, loadConfig, textHash } from "./load.ts";
import type { ConfigProblem } from "./problem.ts";
import { holdsMask } from "./redacted.ts";
import { type ConfigVersion, keepVersion, listVersions, readVersion } from "./versions.ts";

export class ConfigWriteError extends Error {
  readonly code: "config.stale" | "config.invalid" | "config.masked" | "config.no_version";
  readonly fix: string;
  /** For `config.invalid`: what would be wrong. */
  readonly problems: readonly ConfigProblem[];

  constructor(
    code: ConfigWriteError["code"],
    words: { message: string; fix: string },
    problems: readonly ConfigProblem[] = [],
  ) {
    super(words.message);
    this.code = code;
    this.fix = words.fix;
    this.problems = problems;
  }
}

/** Replaceable in tests: full and read-only disks are hard to come by. */
export type WriteText = typeof writeFileAtomic;

export type SaveOptions = {
  readonly paths: ConfigPaths;
  readonly text: string;
  /** Hash of the text that the change is based on. */
  readonly baseHash: string;
  readonly clock: Clock;
  readonly writeText?: WriteText;
};

export type Saved = { readonly hash: string; readonly changed: "changed" | "unchanged" };

/**
 * Replaces the file (0600; a symlink's target is replaced, the link stays) and keeps the earlier text as a version.
 * Throws ConfigWriteError when the file is no longer what the writer saw or the text holds the mask of a secret, and
 * FileError when the disk refuses; the file is then as it was.
 */
export async function saveConfigText({
  paths,
  text,
  baseHash,
  clock,
  writeText = writeFileAtomic,
}: SaveOptions): Promise<Saved> {
  if (holdsMask(text)) {
    throw new ConfigWriteError("config.masked", {
      message: "the text holds the mask of a secret where the secret should be",
      fix: "change single keys with `fased config set`, or write the secret itself",
    });
  }
  const target = linkTarget(paths.config);
  return lockedOn(target, async () => {
    const before = textOf(target);
    if (textHash(before) !== baseHash) {
      throw new ConfigWriteError("config.stale", {
        message: "the config was changed by somebody else meanwhile",
        fix: "look at the new text, then make the change again",
      });
    }
    if (before === text) return { hash: baseHash, changed: "unchanged" };
    if (before !== "") await keepVersion(statePaths(paths.state).configVersions, before, clock.now());
    await writeText(target, text, { mode: 0o600 });
    return { hash: textHash(text), changed: "changed" };
  });
}

async function lockedOn<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    createPrivateFolder(dirname(target));
    return await withFileLock(target, work);
  } catch (error) {
    throw error instanceof ConfigWriteError ? error : asFileError(error, target);
  }
}

function textOf(path: string): string {
  try {
    return readTextFileSync(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "file.not_found") return "";
    throw error;
  }
}

function linkTarget(path: string): string {
  try {
    return realPathSync(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "file.not_found") return path;
    throw error;
  }
}

/**
 * What is wrong afterwards that was not wrong before: a change may leave old problems standing, or mend some, but adds
 * none.
 */
export function newProblems(
  before: readonly ConfigProblem[],
  after: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const known = new Set(before.map(identity));
  return after.filter((problem) => problem.severity !== "info" && !known.has(identity(problem)));
}

const identity = ({ code, path, message }: ConfigProblem): string => JSON.stringify([code, path, message]);

export type ChangeOptions = LoadOptions & {
  readonly clock: Clock;
  /** The text that comes after `text`. */
  readonly edit: (text: string) => string;
  /** Absent: whatever is on disk when the change begins. */
  readonly baseHash?: string;
  readonly writeText?: WriteText;
};

export type ConfigChanged = Saved & { readonly before: LoadedConfig; readonly after: LoadedConfig };

/**
 * Edits the file of this user. A change that adds a problem is refused as `config.invalid` and nothing is written.
 * Throws what `edit` throws, ConfigWriteError and FileError.
 */
export async function changeConfig(options: ChangeOptions): Promise<ConfigChanged> {
  const before = loadConfig(options);
  if (options.baseHash !== undefined && options.baseHash !== before.hash) {
    throw new ConfigWriteError("config.stale", {
      message: "the config was changed since it was read",
      fix: "read it again, then make the change again",
    });
  }
  const text = options.edit(before.text);
  const after = loadConfig({ ...options, text });
  const added = newProblems(before.problems, after.problems);
  if (added.length > 0) {
    const [first] = added;
    const message = first
      ? `${first.path === "" ? "the config" : `\`${first.path}\``}: ${first.message}`
      : "the change is not valid";
    throw new ConfigWriteError("config.invalid", { message, fix: first?.fix ?? "correct it" }, added);
  }
  const { paths, hash } = before;
  const { clock, writeText } = options;
  const saved = await saveConfigText({ paths, text, baseHash: hash, clock, ...(writeText ? { writeText } : {}) });
  return { ...saved, before, after };
}

export type UndoOptions = LoadOptions & {
  readonly clock: Clock;
  /** Id of the version to return to, or its beginning; absent: the newest that differs from the file. */
  readonly to?: string;
};

/** Brings an earlier text back; the text it replaces becomes a version itself, so an undo can be undone. */
export async function undoConfig(options: UndoOptions): Promise<Saved & { readonly version: ConfigVersion }> {
  const { paths, hash } = loadConfig(options);
  const versions = await listVersions(statePaths(paths.state).configVersions);
  const { to } = options;
  const version = versions.find(({ id }) => (to === undefined ? !hash.startsWith(id) : id.startsWith(to)));
  if (!version) {
    throw new ConfigWriteError("config.no_version", {
      message: to === undefined ? "there is no earlier version" : `there is no version \`${to}\``,
      fix: "list them with `fased config undo --list`",
    });
  }
  const saved = await saveConfigText({ paths, text: readVersion(version), baseHash: hash, clock: options.clock });
  return { ...saved, version };
}
