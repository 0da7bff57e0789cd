/**
 * Where what agents see goes by configuration: model providers and chat servers are its readers. Another address is
 * another reader, so it waits for consent; until then a provider is not used and an account is off.
 */
import type { Config } from "./schema.ts";

/** Config key → address. */
export type Endpoints = Readonly<Record<string, string>>;

type Connected = Pick<Config, "models" | "channels">;

const urlOf = (text: string): string => (URL.canParse(text) ? new URL(text).href : text);

const providerKey = (name: string): string => `models.providers.${name}.baseUrl`;
const telegramKey = (account: string): string => `channels.telegram.accounts.${account}.apiRoot`;
const ircKey = (account: string): string => `channels.irc.accounts.${account}.host`;

/** Addresses that the config names itself; a provider or platform without one is where it always is. */
export function endpointsOf({ models, channels: { telegram, irc } }: Connected): Endpoints {
  return Object.fromEntries([
    ...Object.entries(models.providers).flatMap(([name, { baseUrl }]) =>
      baseUrl === undefined ? [] : [[providerKey(name), urlOf(baseUrl)] as const],
    ),
    ...Object.entries(telegram?.accounts ?? {}).flatMap(([account, { apiRoot }]) =>
      apiRoot === undefined ? [] : [[telegramKey(account), urlOf(apiRoot)] as const],
    ),
    ...Object.entries(irc?.accounts ?? {}).flatMap(([account, { host, port, tls }]) =>
      host === undefined ? [] : [[ircKey(account), ircAddress({ host, port, tls })] as const],
    ),
  ]);
}

type IrcServer = { readonly host: string; readonly port: number | undefined; readonly tls: boolean | undefined };

function ircAddress({ host, port, tls }: IrcServer): string {
  return `${tls === false ? "irc" : "ircs"}://${host.toLowerCase()}${port === undefined ? "" : `:${port}`}`;
}

/** Keys of `wanted` whose address nobody accepted. */
export function newEndpoints(accepted: Endpoints, wanted: Endpoints): readonly string[] {
  return Object.keys(wanted).filter((key) => !isAccepted(key, accepted[key], wanted[key] ?? ""));
}

function isAccepted(key: string, accepted: string | undefined, wanted: string): boolean {
  if (accepted === wanted) return true;
  if (!key.startsWith("channels.irc.")) return false;
  // A first server is a new channel: who may write there is the policy's to say. TLS on the same server is narrower.
  return accepted === undefined || accepted.replace("irc://", "ircs://") === wanted;
}

/** The config without the providers, and with the accounts off, whose addresses are among `keys`. */
export function withoutEndpoints<C extends Connected>(config: C, keys: readonly string[]): C {
  if (keys.length === 0) return config;
  const { models, channels } = config;
  const providers = Object.entries(models.providers).filter(([name]) => !keys.includes(providerKey(name)));
  return Object.freeze({
    ...config,
    models: Object.freeze({ ...models, providers: Object.freeze(Object.fromEntries(providers)) }),
    channels: Object.freeze({
      ...channels,
      ...(channels.telegram ? { telegram: withAccountsOff(channels.telegram, keys, telegramKey) } : {}),
      ...(channels.irc ? { irc: withAccountsOff(channels.irc, keys, ircKey) } : {}),
    }),
  });
}

type WithAccounts = { readonly accounts: Readonly<Record<string, object>> };

function withAccountsOff<T extends WithAccounts>(
  channel: T,
  keys: readonly string[],
  keyOf: (account: string) => string,
): T {
  const accounts = Object.entries(channel.accounts).map(([account, settings]) => [
    account,
    keys.includes(keyOf(account)) ? Object.freeze({ ...settings, enabled: false }) : settings,
  ]);
  return Object.freeze({ ...channel, accounts: Object.freeze(Object.fromEntries(accounts)) });
}
