/**
 * The one schema of the config: types, defaults and documentation of every key that this version reads. Defaults
 * exist nowhere else. Keys of the reference that are legal but not read yet stand in `listed-keys.ts`.
 */
import * as z from "zod";
import type { Secret } from "../platform/secret.ts";
import { key } from "./key.ts";
import { agents } from "./sections/agents.ts";
import { channels } from "./sections/channels.ts";
import { bindings, commands, messages } from "./sections/conversation.ts";
import { gateway } from "./sections/gateway.ts";
import { discovery, logging, models, network } from "./sections/host.ts";
import { security } from "./sections/security.ts";
import { session } from "./sections/session.ts";
import { tools } from "./sections/tools.ts";

export const configSchema = z.strictObject({
  $schema: key(z.string().optional(), "Where editors find the schema; ignored."),
  gateway,
  session,
  security,
  agents,
  tools,
  channels,
  bindings,
  messages,
  commands,
  models,
  logging,
  discovery,
  network,
});

type Frozen<T> =
  T extends Secret<infer V>
    ? Secret<V>
    : T extends readonly (infer E)[]
      ? readonly Frozen<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Frozen<T[K]> }
        : T;

/** The whole config, parsed, complete with defaults, deeply frozen. */
export type Config = Frozen<z.output<typeof configSchema>>;

export type AgentConfig = Config["agents"]["list"][number];
export type IrcConfig = NonNullable<Config["channels"]["irc"]>;
export type ChannelAccessConfig = NonNullable<Config["channels"]["whatsapp"]>;
export type RoomConfig = ChannelAccessConfig["groups"][string];

let empty: Config | undefined;

/** The config of an empty file. */
export function defaultConfig(): Config {
  empty ??= freezeDeep(configSchema.parse({})) as Config;
  return empty;
}

/** Freezes plain objects and arrays all the way down; class instances (secrets) stay as they are. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  for (const part of Object.values(value)) freezeDeep(part);
  return Object.freeze(value);
}
