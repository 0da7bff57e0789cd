/** Everything that the audit judges, gathered before it judges anything. */

import type { LoadedConfig } from "../config/load.ts";
import { type ConfigPath, parsePath } from "../config/path.ts";
import { isObject, type Json, valueAt } from "../config/value.ts";
import type { PendingConsent } from "../guard/policy-in-force.ts";
import type { Environment } from "../platform/host.ts";
import type { Grants } from "../policy/grants.ts";
import type { Policy } from "../policy/policy.ts";
import type { Cell } from "../policy/survey.ts";
import type { Deep, Finding } from "./finding.ts";

/** What holds now, and what waits for consent. */
export type AccessFacts = {
  readonly policy: Policy;
  /** The policy of the config file, when it allows more than was accepted. */
  readonly waiting: (Pick<PendingConsent, "hash" | "wider"> & { readonly policy: Policy }) | undefined;
  readonly grants: Grants;
  /** Stores that could not be read: what stands in them is unknown. */
  readonly unreadable: readonly { readonly what: string; readonly message: string }[];
};

export type SandboxFacts = {
  readonly state: "proven" | "unproven" | "not tried";
  readonly code: string;
  readonly reason: string;
  readonly fix: string;
};

/** An installed plugin: the files that its `package.json` names to be loaded. */
export type ExtensionFacts = {
  readonly name: string;
  readonly entries: readonly string[];
  /** Why the entries could not be read. */
  readonly problem?: string;
};

export type AuditFacts = {
  readonly loaded: LoadedConfig;
  /** `first-start`: there is no file yet, `loaded` is what the first start would write. */
  readonly judged: "file" | "first-start";
  readonly environment: Environment;
  readonly access: AccessFacts;
  /** The policy in force, seen from all sides. */
  readonly cells: readonly Cell[];
  /** Of the files that exist; empty when files are not looked at. */
  readonly files: readonly Finding[];
  /** The folders under `extensions/`. */
  readonly extensions: readonly ExtensionFacts[];
  readonly sandbox: SandboxFacts;
  /** With `--deep`: what the running Gateway answered. */
  readonly deep?: Deep;
};

/** Reads the file as it is written: keys that this version does not use, and texts before variables are replaced. */
export class Written {
  readonly #root: Json;

  constructor({ written }: Pick<LoadedConfig, "written">) {
    this.#root = written;
  }

  value(path: string | ConfigPath): Json | undefined {
    return valueAt(this.#root, typeof path === "string" ? parsePath(path) : path);
  }

  /** Trimmed; empty when it is absent or no text. */
  text(path: string | ConfigPath): string {
    const value = this.value(path);
    return typeof value === "string" ? value.trim() : "";
  }

  isTrue(path: string | ConfigPath): boolean {
    return this.value(path) === true;
  }

  /** The texts of a list, trimmed, without blanks. */
  texts(path: string | ConfigPath): readonly string[] {
    const value = this.value(path);
    if (!Array.isArray(value)) return [];
    return (value as readonly Json[]).map((item) => String(item).trim()).filter((item) => item !== "");
  }

  /** The members of an object that are objects themselves, by name. */
  objects(path: string | ConfigPath): readonly (readonly [string, Record<string, Json>])[] {
    const value = this.value(path);
    if (!isObject(value)) return [];
    return Object.entries(value).filter((entry): entry is [string, Record<string, Json>] => isObject(entry[1]));
  }

  /** How many items a list has; 0 for anything else. */
  count(path: string | ConfigPath): number {
    const value = this.value(path);
    return Array.isArray(value) ? value.length : 0;
  }
}

/** A text that is one variable, `${NAME}`: the secret itself lies elsewhere. */
export const isVariable = (text: string): boolean => /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(text);
