/** One setting of a loaded config, for people and programs: its value in force, and where it comes from. */
import { Secret } from "../platform/secret.ts";
import { listedBelow } from "./listed/set-aside.ts";
import type { LoadedConfig } from "./load.ts";
import { type ConfigPath, formatPath } from "./path.ts";
import { redactConfig, redactionMask } from "./redacted.ts";
import { keysAt, schemaAt } from "./schema-keys.ts";
import { suggestion } from "./suggest.ts";
import type { Place } from "./tree.ts";
import { type Json, valueAt } from "./value.ts";

export type Setting = {
  readonly path: string;
  readonly value: Json;
  /** Where it is written; `default` where it is not. */
  readonly origin: Place | "default";
};

export class LookupError extends Error {
  readonly code: "config.not_set" | "config.unknown_key";
  readonly fix: string;

  constructor(code: LookupError["code"], message: string, fix: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}

export type Showing = "redacted" | "unredacted";

/** What is in force at `path`; keys that this version does not use are shown as written. Throws LookupError. */
export function settingAt(loaded: LoadedConfig, path: ConfigPath, showing: Showing): Setting {
  const inForce = valueAt(plainConfig(loaded.config, showing), path);
  const written = valueAt(loaded.written, path);
  const shown = written !== undefined && showing === "redacted" ? redactConfig(written, path) : written;
  const value = inForce ?? shown;
  if (value === undefined) throw notThere(path);
  const name = formatPath(path);
  return { path: name, value, origin: loaded.originOf(name) ?? "default" };
}

function notThere(path: ConfigPath): LookupError {
  const name = formatPath(path);
  const parent = path.slice(0, -1);
  const legal = [...(keysAt(parent) ?? []), ...listedBelow(parent)];
  if (schemaAt(path) !== undefined || legal.includes(String(path.at(-1)))) {
    return new LookupError(
      "config.not_set",
      `\`${name}\` is not set and has no default`,
      `set it: fased config set ${name} …`,
    );
  }
  const fix = suggestion(String(path.at(-1)), legal, "see `fased config schema` for every key");
  return new LookupError("config.unknown_key", `\`${name}\` is not a key of the config`, fix);
}

/** The config as plain JSON, each secret masked or revealed. */
export function plainConfig(config: unknown, showing: Showing): Json {
  if (config instanceof Secret) return showing === "redacted" ? redactionMask : String(config.reveal());
  if (Array.isArray(config)) return config.map((item: unknown) => plainConfig(item, showing));
  if (typeof config !== "object" || config === null) return config as Json;
  const members = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members.map(([name, value]) => [name, plainConfig(value, showing)]));
}
