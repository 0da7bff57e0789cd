/**
 * Finds and reads the config of this machine's user: flags, environment, `<state>/.env`, the file and what it includes.
 * Only `<state>/.env` is read, never a working directory's.
 */
import { createHash } from "node:crypto";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parseEnv } from "node:util";
import { fileStamp } from "../platform/file-watch.ts";
import { FileError, readTextFileSync } from "../platform/files.ts";
import { type Environment, hostFacts } from "../platform/host.ts";
import { Secret } from "../platform/secret.ts";
import { currentUid, type Ownership, ownershipSync, realPathSync } from "../platform/sync-facts.ts";
import { IncludeError, type ReadInclude } from "./include.ts";
import { type ConfigStatus, type ParsedConfig, parseConfig, unreadable } from "./parse.ts";
import { type ConfigProblem, describeProblem, type ProblemWords, type Severity } from "./problem.ts";
import { type Config, freezeDeep } from "./schema.ts";
import type { Place } from "./tree.ts";

export type ConfigFlags = {
  /** `--profile NAME`: the state directory `~/.fased-NAME`. */
  readonly profile?: string;
  /** `--dev`: the state directory `~/.fased-dev`. */
  readonly dev?: boolean;
  readonly configPath?: string;
  readonly port?: number;
};

export type ConfigPaths = {
  readonly state: string;
  readonly config: string;
  readonly envFile: string;
};

export type LoadedConfig = Omit<ParsedConfig, "status"> & {
  readonly status: ConfigStatus;
  readonly paths: ConfigPaths;
  /** The file as it is; empty when it is absent. */
  readonly text: string;
  /** SHA-256 of the text, hexadecimal: writers say on which text their change is based. */
  readonly hash: string;
  /** What every file that was looked for was like just before it was read, by path: config, `.env`, includes. */
  readonly stamps: ReadonlyMap<string, string>;
};

class ConfigLocationError extends Error {
  readonly code = "config.bad_location";
}

const configBytesMax = 1024 * 1024;
const profilePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/**
 * Where state and config lie. `--profile` and `--dev` beat `FASED_STATE_DIR`, `FASED_CONFIG_PATH` beats the state
 * directory's file. Throws ConfigLocationError on flags that contradict each other.
 */
export function configPaths({ environment, flags = {} }: LoadOptions): ConfigPaths {
  const state = stateDirectory(environment, flags);
  const config = flags.configPath ?? environment["FASED_CONFIG_PATH"] ?? "";
  return {
    state,
    config: config.trim() === "" ? join(state, "fased.json") : resolve(config),
    envFile: join(state, ".env"),
  };
}

function stateDirectory(environment: Environment, { profile, dev }: ConfigFlags): string {
  if (profile !== undefined && dev) throw new ConfigLocationError("--profile and --dev exclude each other; use one");
  const name = dev ? "dev" : profile;
  if (name !== undefined && !profilePattern.test(name)) {
    throw new ConfigLocationError(`\`${name}\` cannot be a profile: use up to 32 letters, digits, - and _`);
  }
  const home = environment["HOME"] || hostFacts().home;
  if (name !== undefined) return join(home, `.fased-${name}`);
  const given = environment["FASED_STATE_DIR"]?.trim();
  return given ? resolve(given) : join(home, ".fased");
}

export type LoadOptions = {
  readonly environment: Environment;
  readonly flags?: ConfigFlags;
  /** Reads as if the file had this text: for previews of a change. */
  readonly text?: string;
};

/**
 * Reads everything anew. Never throws for what is in the files: an unreadable, foreign or broken config is `invalid` with
 * its problems. Throws ConfigLocationError only.
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const paths = configPaths(options);
  const stamps = new Map([paths.envFile, paths.config].map((path) => [path, fileStamp(path)]));
  const envFile = readEnvFile(paths.envFile);
  const variables = { ...envFile.variables, ...definedIn(options.environment) };
  const source = options.text === undefined ? readConfigFile(paths.config) : { exists: true, text: options.text };
  const parsed =
    source.unreadable === undefined
      ? parseConfig(source.text, { file: paths.config, variables, readInclude: includesBelow(paths.config, stamps) })
      : unreadable([source.unreadable]);
  const foreign = [paths.config, ...parsed.includes].flatMap((file) => (source.exists ? ownershipProblems(file) : []));
  const problems = [...envFile.problems, ...foreign, ...parsed.problems];
  const overlay = environmentOverlay(
    parsed,
    { process: options.environment, envFile: envFile.variables },
    options.flags,
  );
  return {
    ...parsed,
    config: overlay.config,
    problems: [...problems, ...overlay.problems],
    status: statusOf(source, [...problems, ...overlay.problems], parsed.status),
    paths,
    text: source.text,
    hash: textHash(source.text),
    stamps,
  };
}

/** SHA-256 in hexadecimal. */
export function textHash(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

function statusOf(source: Source, problems: readonly ConfigProblem[], parsed: ConfigStatus): ConfigStatus {
  if (problems.some(({ severity }) => severity === "fatal")) return "invalid";
  return source.exists ? parsed : "absent";
}

const definedIn = (environment: Environment) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""));

type Source = { readonly exists: boolean; readonly text: string; readonly unreadable?: ConfigProblem };

function readConfigFile(path: string): Source {
  try {
    return { exists: true, text: readTextFileSync(path, { maxBytes: configBytesMax }) };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === "file.not_found") return { exists: false, text: "" };
    return { exists: true, text: "", unreadable: fileProblem(error, "fatal") };
  }
}

const startOf = (file: string): Place => ({ file, line: 1, column: 1 });

function fileProblem(error: FileError, severity: Severity): ConfigProblem {
  const fix = "make it a readable text file of this user";
  return describeProblem([], startOf(error.path), { code: "config.unreadable", message: error.message, fix, severity });
}

type EnvFile = { readonly variables: Readonly<Record<string, string>>; readonly problems: readonly ConfigProblem[] };

function readEnvFile(path: string): EnvFile {
  try {
    const variables = definedIn(parseEnv(readTextFileSync(path, { maxBytes: configBytesMax }))) as Record<
      string,
      string
    >;
    return { variables, problems: ownershipProblems(path) };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === "file.not_found") return { variables: {}, problems: [] };
    return { variables: {}, problems: [fileProblem(error, "fatal")] };
  }
}

const worldWritable = 0o002;
const groupWritable = 0o020;

/** Whoever can change the config can do what the Gateway can: a foreign owner is refused, as ssh does. */
function ownershipProblems(path: string): ConfigProblem[] {
  const { uid, mode } = ownershipOf(path);
  const words = foreignness(path, { uid, mode });
  return words ? [describeProblem([], startOf(path), words)] : [];
}

function ownershipOf(path: string): Pick<Ownership, "uid" | "mode"> {
  try {
    return ownershipSync(path);
  } catch (error) {
    if (error instanceof FileError) return { uid: currentUid(), mode: 0o600 };
    throw error;
  }
}

function foreignness(
  path: string,
  { uid, mode }: Pick<Ownership, "uid" | "mode">,
): (ProblemWords & { severity: Severity }) | undefined {
  const self = currentUid();
  if (uid !== self && uid !== 0) {
    return {
      code: "config.foreign_owner",
      message: `${path} belongs to another user (uid ${uid}), who could change what the Gateway does`,
      fix: `make it yours: chown ${self} ${path}`,
      severity: "fatal",
    };
  }
  if ((mode & worldWritable) !== 0) {
    return {
      code: "config.world_writable",
      message: `everyone on this machine can change ${path}`,
      fix: `check its content, then: chmod 600 ${path}`,
      severity: "fatal",
    };
  }
  if ((mode & groupWritable) === 0) return undefined;
  const message = `its group can change ${path}`;
  return { code: "config.group_writable", message, fix: `chmod 600 ${path}`, severity: "info" };
}

/** Reads included files that lie, symlinks followed, in or below the folder of the config. */
function includesBelow(config: string, stamps: Map<string, string>): ReadInclude {
  return (specifier, from) => {
    const path = resolve(dirname(from), specifier);
    try {
      stamps.set(path, fileStamp(path));
      const root = dirname(realPathSync(config));
      const file = realPathSync(path);
      const below = relative(root, file);
      if (below === ".." || below.startsWith(`..${sep}`) || below === "") {
        const message = `${specifier} lies outside ${root}`;
        throw new IncludeError("config.include_outside", message, "move the file into the folder of the config");
      }
      return { file, text: readTextFileSync(file, { maxBytes: configBytesMax }) };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw new IncludeError("config.include_unreadable", error.message, "correct the name or create the file");
    }
  };
}

type Environments = { readonly process: Environment; readonly envFile: Environment };

/**
 * `--port` beats `FASED_GATEWAY_PORT` beats the file. `FASED_GATEWAY_TOKEN` and `FASED_GATEWAY_PASSWORD` of the process
 * beat the file; those of `<state>/.env` stand in where the file sets none.
 */
function environmentOverlay({ config }: ParsedConfig, sources: Environments, flags: ConfigFlags = {}) {
  const { gateway } = config;
  const port = portOf(flags.port ?? sources.process["FASED_GATEWAY_PORT"]);
  const overlaid: Config = freezeDeep({
    ...config,
    gateway: {
      ...gateway,
      port: port.port ?? gateway.port,
      auth: {
        ...gateway.auth,
        ...secretFrom("token", gateway.auth.token, { name: "FASED_GATEWAY_TOKEN", ...sources }),
        ...secretFrom("password", gateway.auth.password, { name: "FASED_GATEWAY_PASSWORD", ...sources }),
      },
    },
  });
  return { config: overlaid, problems: port.problems };
}

function secretFrom(
  key: "token" | "password",
  own: Secret<string> | undefined,
  { name, process, envFile }: Environments & { readonly name: string },
): { token?: Secret<string>; password?: Secret<string> } {
  const value = process[name] || (own === undefined ? envFile[name] : undefined);
  return value ? { [key]: new Secret(value) } : {};
}

function portOf(given: string | number | undefined): { port?: number; problems: ConfigProblem[] } {
  if (given === undefined || given === "") return { problems: [] };
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return { port, problems: [] };
  const problem = describeProblem(["gateway", "port"], startOf("FASED_GATEWAY_PORT"), {
    code: "config.wrong_value",
    message: `FASED_GATEWAY_PORT is \`${given}\`, which is no port`,
    fix: "set a number from 1 to 65535, or unset it",
    severity: "fatal",
  });
  return { problems: [problem] };
}
