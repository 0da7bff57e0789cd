/** Channels of the config, made when they are configured; an SDK is loaded only then. One line per channel. */
import type { Channel, ChannelHost, ChannelStatus } from "../channels/contract.ts";
import type { IrcAccount } from "../channels/irc/irc.ts";
import { Webchat, webchatName } from "../channels/webchat/webchat.ts";
import type { Config, IrcConfig } from "../config/schema.ts";
import { readTextFile } from "../platform/files.ts";
import type { HttpClient } from "../platform/http-client.ts";
import { Secret } from "../platform/secret.ts";

/** Everything a channel gets from its surroundings; `account` is part of what a host reports and keeps. */
export type ChannelSurroundings = {
  readonly http: HttpClient;
  host(channel: string, account: string): ChannelHost;
};

export type ChannelFactory = (config: Config, surroundings: ChannelSurroundings) => Promise<readonly Channel[]>;

export const channelFactories: readonly ChannelFactory[] = [telegramChannels, ircChannels];

export interface ChannelDirectory {
  find(name: string, account: string): Channel | undefined;
  statuses(): readonly ChannelStatus[];
  report(status: ChannelStatus): void;
  /** Makes and starts what the config names. A channel that cannot be made is a status with its problem. */
  start(config: Config, surroundings: ChannelSurroundings): Promise<void>;
  stop(): Promise<void>;
}

export type ChannelDirectoryPorts = {
  readonly factories?: readonly ChannelFactory[] | undefined;
  /** What people see of a channel changed: its state, its name, its problem. */
  changed(): void;
};

export function createChannelDirectory(ports: ChannelDirectoryPorts): ChannelDirectory {
  return new Directory(ports);
}

class Directory implements ChannelDirectory {
  readonly #ports: ChannelDirectoryPorts;
  readonly #webchat: Channel = new Webchat();
  readonly #channels = new Map<string, Channel>();
  readonly #statuses = new Map<string, ChannelStatus>();

  constructor(ports: ChannelDirectoryPorts) {
    this.#ports = ports;
  }

  find(name: string, account: string): Channel | undefined {
    return name === webchatName ? this.#webchat : this.#channels.get(placeOf(name, account));
  }

  statuses(): readonly ChannelStatus[] {
    return [...this.#statuses.values()];
  }

  report(status: ChannelStatus): void {
    const known = this.#statuses.get(placeOf(status.channel, status.account));
    const self = status.self ?? known?.self;
    const lastSeenAt = status.lastSeenAt ?? known?.lastSeenAt;
    const now = {
      ...status,
      ...(self === undefined ? {} : { self }),
      ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    };
    this.#statuses.set(placeOf(status.channel, status.account), now);
    if (shownOf(known) !== shownOf(now)) this.#ports.changed();
  }

  async start(config: Config, surroundings: ChannelSurroundings): Promise<void> {
    // What the config does not name any more has no status either.
    this.#statuses.clear();
    for (const factory of this.#ports.factories ?? channelFactories) {
      for (const channel of await factory(config, surroundings)) {
        this.#channels.set(placeOf(channel.name, channel.account), channel);
        channel.start();
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.stop()));
    this.#channels.clear();
  }
}

/** Without the time of the last round trip: that changes all the time and is read when it is looked at. */
const shownOf = (status: ChannelStatus | undefined): string => JSON.stringify({ ...status, lastSeenAt: undefined });

const placeOf = (channel: string, account: string): string => `${channel}/${account}`;

async function telegramChannels(config: Config, { http, host }: ChannelSurroundings): Promise<readonly Channel[]> {
  const { telegram } = config.channels;
  if (!telegram) return [];
  const { createTelegram } = await import("../channels/telegram/telegram.ts");
  const made = Object.entries(telegram.accounts).map(async ([account, settings]) => {
    if (settings.enabled === false) return [];
    const surroundings = host("telegram", account);
    const token = await secretOf(settings.botToken, settings.tokenFile);
    if (!token) {
      surroundings.report(missing("telegram", account, "botToken"));
      return [];
    }
    const { apiRoot } = settings;
    const where = { account, token, ...(apiRoot === undefined ? {} : { apiRoot }) };
    return [createTelegram(where, surroundings, { fetch: http.fetchFor("Telegram") })];
  });
  return (await Promise.all(made)).flat();
}

async function ircChannels(config: Config, { host }: ChannelSurroundings): Promise<readonly Channel[]> {
  const { irc } = config.channels;
  if (!irc) return [];
  const { createIrc } = await import("../channels/irc/irc.ts");
  const made = Object.entries(irc.accounts).map(async ([account, settings]) => {
    if (settings.enabled === false) return [];
    const surroundings = host("irc", account);
    const server = await ircServer(account, settings);
    if (!server) {
      surroundings.report(missing("irc", account, "host"));
      return [];
    }
    return [createIrc(server, surroundings)];
  });
  return (await Promise.all(made)).flat();
}

async function ircServer(account: string, settings: IrcConfig["accounts"][string]): Promise<IrcAccount | undefined> {
  if (settings.host === undefined) return undefined;
  const tls = settings.tls ?? true;
  const nick = settings.nick ?? "fased";
  const password = await secretOf(settings.password, settings.passwordFile);
  const nickserv = await nickservOf(settings);
  return {
    account,
    host: settings.host,
    port: settings.port ?? (tls ? 6697 : 6667),
    tls,
    nick,
    username: settings.username ?? nick,
    realname: settings.realname ?? nick,
    channels: settings.channels ?? [],
    ...(password === undefined ? {} : { password }),
    ...(nickserv === undefined ? {} : { nickserv }),
  };
}

async function nickservOf({ nickserv }: IrcConfig["accounts"][string]): Promise<IrcAccount["nickserv"]> {
  if (!nickserv?.enabled) return undefined;
  const password = await secretOf(nickserv.password, nickserv.passwordFile);
  return password && { service: nickserv.service, password };
}

async function secretOf(value: Secret | undefined, file: string | undefined): Promise<Secret | undefined> {
  if (value) return value;
  return file === undefined ? undefined : new Secret((await readTextFile(file)).trim());
}

function missing(channel: string, account: string, key: string): ChannelStatus {
  return {
    channel,
    account,
    state: "failed",
    problem: {
      code: "channel.incomplete",
      message: `channels.${channel}.${key} is not set`,
      fix: `fased config set channels.${channel}.${key} <value>`,
    },
  };
}
