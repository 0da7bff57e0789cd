/** Settings that the Gateway reads once, when it starts: a change of them waits for the next start. */
import { isDeepStrictEqual } from "node:util";
import { type ConfigPath, formatPath } from "./path.ts";
import type { Config } from "./schema.ts";
import { isObject } from "./value.ts";

export const startKeys: readonly string[] = [
  "gateway.bind",
  "gateway.customBindHost",
  "gateway.port",
  "gateway.auth.rateLimit",
  "gateway.controlUi",
  "gateway.trustedProxies",
  "gateway.allowRealIpFallback",
  "gateway.http",
  "agents.defaults.maxConcurrent",
];

/** Whether a change at `path` waits for the next start of the Gateway. */
export function needsRestart(path: ConfigPath): boolean {
  const name = formatPath(path);
  return startKeys.some((key) => key === name || isBelow(name, key) || isBelow(key, name));
}

const isBelow = (name: string, key: string): boolean => name.startsWith(`${key}.`);

/** The keys whose value in force is another one than the Gateway started with. */
export function keysForRestart(started: Config, now: Config): readonly string[] {
  return startKeys.filter((key) => !isDeepStrictEqual(valueAt(started, key), valueAt(now, key)));
}

function valueAt(config: Config, key: string): unknown {
  return key.split(".").reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), config);
}
