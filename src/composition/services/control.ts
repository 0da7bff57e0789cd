/** What the control plane answers about the Gateway itself, in recovery mode too: config and logs. */
import { EditError, parseValue, patchText } from "../../config/edit.ts";
import { configJsonSchema } from "../../config/json-schema.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { plainConfig } from "../../config/lookup.ts";
import { redactText, unmaskPatch, unmaskText } from "../../config/masked-text.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import { TextError } from "../../config/tree.ts";
import type { Json } from "../../config/value.ts";
import { ConfigWriteError, changeConfig } from "../../config/write.ts";
import {
  type ConfigChange,
  type ConfigService,
  type ConfigSnapshot,
  type LogService,
  ServiceError,
  type ServiceProblem,
} from "../../gateway/services.ts";
import { FileError } from "../../platform/files.ts";
import { readLog } from "../../platform/log-file.ts";
import type { Foundation } from "../foundation.ts";

export function serviceProblems(problems: readonly ConfigProblem[]): readonly ServiceProblem[] {
  return problems.map(({ code, message, fix, path, line }) => ({ code, message, fix, path, line }));
}

export type ConfigPorts = {
  readonly foundation: Foundation;
  /** The file changed: what it says counts from now on. */
  changed(): Promise<void>;
  /** Keys whose value in force waits for the next start. */
  restartKeys(): readonly string[];
};

export function createConfigService({ foundation, changed, restartKeys }: ConfigPorts): ConfigService {
  const save = async (baseHash: string | undefined, edit: (text: string) => string): Promise<ConfigChange> => {
    const { environment, flags, clock } = foundation;
    const base = baseHash === undefined ? {} : { baseHash };
    await changeConfig({ environment, flags, clock, edit, ...base }).catch(asServiceError);
    await changed();
    const pending = foundation.policy.pending?.hash;
    const keys = restartKeys();
    return {
      ...snapshotOf(foundation.loaded()),
      ...(pending === undefined ? {} : { pendingPolicy: pending }),
      restartRequired: keys.length > 0,
      restartKeys: keys,
    };
  };
  return {
    get: () => snapshotOf(foundation.loaded()),
    set: ({ text, baseHash }) => save(baseHash, (before) => unmaskText(text, before)),
    patch: ({ text, baseHash }) => save(baseHash, (before) => patched(before, text)),
    schema: () => ({ schema: configJsonSchema(), hints: {}, version: "1" }),
  };
}

function snapshotOf(loaded: LoadedConfig): ConfigSnapshot {
  return {
    path: loaded.paths.config,
    exists: loaded.status !== "absent",
    text: redactText(loaded.text),
    parsed: plainConfig(loaded.config, "redacted"),
    valid: loaded.status !== "invalid",
    hash: loaded.hash,
    problems: serviceProblems(loaded.problems),
  };
}

function patched(text: string, patch: string): string {
  return patchText(text.trim() === "" ? "{}" : text, unmaskPatch(patchOf(patch), text));
}

function patchOf(text: string): Json {
  try {
    return parseValue(text);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    throw new ServiceError("config.patch_invalid", `the patch is no JSON5: ${error.message}; ${error.fix}`);
  }
}

function asServiceError(error: unknown): never {
  if (error instanceof FileError) throw new ServiceError(error.code, error.message);
  if (error instanceof EditError) throw new ServiceError(error.code, `${error.message}; ${error.fix}`);
  if (!(error instanceof ConfigWriteError)) throw error;
  const details = serviceProblems(error.problems);
  throw new ServiceError(error.code, `${error.message}; ${error.fix}`, { details });
}

export function createLogService({ paths }: Foundation): LogService {
  return { tail: async (range) => readLog(paths.logs, range) };
}
