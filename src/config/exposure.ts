/**
 * What stands open beside who may do what: who reaches the Gateway, what it believes of them, which private addresses
 * tools reach, to whom context goes. Each setting knows the narrower of two values; a value that is wider than the
 * accepted one waits for consent.
 * Secrets are not part of it: another token opens nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { type Endpoints, endpointsOf, newEndpoints, withoutEndpoints } from "./endpoints.ts";
import { type Config, defaultConfig } from "./schema.ts";
import { isObject } from "./value.ts";

/** By config key. Plain JSON, so that it can be stored. */
export type Exposure = Readonly<Record<string, unknown>>;

/** A setting that allows more than was accepted. */
export type WiderSetting = { readonly key: string; readonly accepted: unknown; readonly wanted: unknown };

type ExposedConfig = Pick<Config, "gateway" | "network" | "models" | "channels">;

/** The narrower of two values. Where neither is, the accepted one. */
type Meet = (accepted: unknown, wanted: unknown) => unknown;

const off: Meet = (accepted, wanted) => (wanted === true ? accepted : wanted);
const fixed: Meet = (accepted) => accepted;
const lowest: Meet = (accepted, wanted) => Math.min(Number(accepted), Number(wanted));
const highest: Meet = (accepted, wanted) => Math.max(Number(accepted), Number(wanted));

/** `strict` values narrow from everywhere. */
const safest =
  (...strict: readonly unknown[]): Meet =>
  (accepted, wanted) =>
    strict.includes(wanted) ? wanted : accepted;

/** What both lists name, each entry in its comparable form; `*` names everything. */
const both =
  (comparable: (entry: string) => string): Meet =>
  (accepted, wanted) => {
    const [old, next] = [textsOf(accepted), textsOf(wanted)];
    if (old.includes("*")) return next;
    if (next.includes("*")) return old;
    const known = new Set(old.map(comparable));
    return next.filter((entry) => known.has(comparable(entry)));
  };

const exact = both((entry) => entry);
const origins = both((entry) => (URL.canParse(entry) ? new URL(entry).origin : entry));

const settings: Readonly<Record<string, Meet>> = {
  "gateway.bind": safest("loopback"),
  "gateway.customBindHost": fixed,
  "gateway.auth.mode": safest(undefined, "token", "password"),
  "gateway.auth.allowTailscale": off,
  "gateway.auth.trustedProxy": fixed,
  "gateway.auth.rateLimit.maxAttempts": lowest,
  "gateway.auth.rateLimit.windowMs": highest,
  "gateway.auth.rateLimit.lockoutMs": highest,
  "gateway.auth.rateLimit.exemptLoopback": off,
  "gateway.controlUi.enabled": off,
  "gateway.controlUi.root": fixed,
  "gateway.controlUi.allowedOrigins": origins,
  "gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback": off,
  "gateway.controlUi.allowInsecureAuth": off,
  "gateway.controlUi.dangerouslyDisableDeviceAuth": off,
  "gateway.trustedProxies": exact,
  "gateway.allowRealIpFallback": off,
  "gateway.http.endpoints.chatCompletions.enabled": off,
  "network.privateHosts": origins,
};

/** Config keys that widen by what stands in them. */
export const exposureKeys: readonly string[] = Object.keys(settings);

export function exposureOf(config: ExposedConfig): Exposure {
  const settled = exposureKeys.map((key) => [key, readAt(config, key)]);
  return { ...Object.fromEntries(settled), [endpointsName]: endpointsOf(config) };
}

/** What of `wanted` waits, because it is wider than what was accepted. */
export function widerSettings(accepted: Exposure, wanted: Exposure): readonly WiderSetting[] {
  const wider = Object.entries(settings).flatMap(([key, meet]) => {
    const [old, next] = [acceptedAt(accepted, key), wanted[key]];
    return isDeepStrictEqual(met(meet, old, next), next) ? [] : [{ key, accepted: old, wanted: next }];
  });
  const [old, next] = [endpointsIn(accepted), endpointsIn(wanted)];
  return [...wider, ...newEndpoints(old, next).map((key) => ({ key, accepted: old[key], wanted: next[key] }))];
}

/** Where the addresses stand in what is stored; what an older version did not store was never accepted. */
const endpointsName = "endpoints";

function endpointsIn(exposure: Exposure): Endpoints {
  const stored = exposure[endpointsName];
  return isObject(stored) ? (stored as Endpoints) : {};
}

/** In words: `gateway.bind: loopback becomes lan`. */
export function widerText({ key, accepted, wanted }: WiderSetting): string {
  return `${key}: ${shown(accepted)} becomes ${shown(wanted)}`;
}

const shown = (value: unknown): string =>
  value === undefined ? "unset" : typeof value === "string" ? value : JSON.stringify(value);

/** The config, no wider than what was accepted. The same object when it is not. */
export function restrainedTo<C extends ExposedConfig>(accepted: Exposure, config: C): C {
  const held = Object.entries(settings).reduce((restrained, [key, meet]) => {
    const next = readAt(config, key);
    const value = met(meet, acceptedAt(accepted, key), next);
    return isDeepStrictEqual(value, next) ? restrained : (writtenAt(restrained, key.split("."), value) as C);
  }, config);
  return withoutEndpoints(held, newEndpoints(endpointsIn(accepted), endpointsOf(config)));
}

function met(meet: Meet, accepted: unknown, wanted: unknown): unknown {
  return isDeepStrictEqual(accepted, wanted) ? wanted : meet(accepted, wanted);
}

/** What an older version did not store was never accepted: the default stands for it. */
function acceptedAt(accepted: Exposure, key: string): unknown {
  return key in accepted ? accepted[key] : readAt(defaultConfig(), key);
}

function readAt(config: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), config);
}

function writtenAt(value: unknown, [part, ...rest]: readonly string[], leaf: unknown): unknown {
  if (part === undefined) return leaf;
  const own = isObject(value) ? value : {};
  return Object.freeze({ ...own, [part]: writtenAt(own[part], rest, leaf) });
}

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
