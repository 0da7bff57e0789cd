/** The whole product as `fased gateway run` builds it, on a fresh state directory, with in-memory chat platforms. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connectGateway, type GatewayConnection, type GatewayEvent } from "../../src/cli/gateway-client.ts";
import type { ChannelFactory } from "../../src/composition/channels.ts";
import { startGateway } from "../../src/composition/start-gateway.ts";
import type { Started } from "../../src/composition/start-options.ts";
import type { Clock } from "../../src/platform/clock.ts";
import { Secret } from "../../src/platform/secret.ts";
import { FakeChannel } from "./fake-channel.ts";

export type WholeOptions = {
  /** JSON5; absent: the first-run config is written. */
  readonly config?: string;
  /** In-memory channels, `telegram` or `telegram/work` for an account of it; or the product's own channels. */
  readonly channels?: readonly string[] | "real";
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
};

export type Whole = {
  readonly started: Started;
  readonly state: string;
  readonly workspace: string;
  readonly log: readonly string[];
  /** The in-memory platform, named as it was asked for. */
  channel(name: string): FakeChannel;
  /** An operator's connection, with every event that it got. */
  operator(): Promise<GatewayConnection & { readonly events: readonly GatewayEvent[] }>;
  /** The same state directory, started again. */
  restart(): Promise<Whole>;
  stop(): Promise<void>;
  /** Stops and removes the state directory. */
  remove(): Promise<void>;
};

export const wholeToken = "a-token-for-tests-that-is-long-enough";

/** A config as the first run writes it, with the given members added at the top level. */
export function configWith(members: string): string {
  return `{
    gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "\${FASED_GATEWAY_TOKEN}" } },
    session: { dmScope: "per-channel-peer", ownerScope: "main" },
    agents: { defaults: { sandbox: { mode: "all", scope: "agent", workspaceAccess: "rw" } } },
    tools: {
      profile: "messaging", ownerProfile: "owner", fs: { workspaceOnly: true },
      exec: { host: "auto", security: "allowlist", ask: "on-miss" }, elevated: { enabled: false },
      sandbox: { tools: { allow: ["*"], deny: [] } },
    },
    logging: { consoleLevel: "warn" },
    ${members}
  }`;
}

export async function startWhole(options: WholeOptions = {}): Promise<Whole> {
  const state = mkdtempSync(join(tmpdir(), "fased-whole-"));
  if (options.config !== undefined) writeFileSync(join(state, "fased.json"), options.config, { mode: 0o600 });
  writeFileSync(join(state, ".env"), `FASED_GATEWAY_TOKEN=${wholeToken}\n`, { mode: 0o600 });
  for (const [path, content] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(state, "workspace", path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(state, "workspace", path), content);
  }
  return startOn(state, options);
}

export async function startOn(state: string, options: WholeOptions): Promise<Whole> {
  const real = options.channels === "real";
  const named = new Map(namesOf(options).map((name) => [name, new FakeChannel(...(name.split("/") as [string]))]));
  const channels = [...named.values()];
  const inMemory: ChannelFactory = async (_config, { host }) =>
    channels.map((channel) => channel.attach(host(channel.name, channel.account)));
  const log: string[] = [];
  const connections: GatewayConnection[] = [];
  const started = await startGateway({
    environment: { PATH: "/usr/bin:/bin", FASED_STATE_DIR: state, ...options.environment },
    flags: { port: 0 },
    uiRoot: join(import.meta.dirname, "../../dist/ui"),
    console: (line) => log.push(line),
    ...(real ? {} : { channels: [inMemory] }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= Promise.all(connections.map((connection) => connection.close())).then(() => started.close("test"));
    return stopped;
  };
  return {
    started,
    state,
    workspace: join(state, "workspace"),
    log,
    channel: (name) => {
      const channel = named.get(name);
      if (!channel) throw new Error(`no in-memory channel ${name}`);
      return channel;
    },
    async operator() {
      const credential = { kind: "token", secret: new Secret(tokenOf(state)) } as const;
      const connection = await connectGateway(
        { url: `ws://127.0.0.1:${started.port}/`, credential },
        { version: "0.0.0" },
      );
      connections.push(connection);
      const events: GatewayEvent[] = [];
      connection.onEvent((event) => events.push(event));
      return Object.assign(connection, { events });
    },
    stop,
    async restart() {
      await stop();
      return startOn(state, options);
    },
    async remove() {
      await stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

function namesOf({ channels = [] }: WholeOptions): readonly string[] {
  return channels === "real" ? [] : channels;
}

function tokenOf(state: string): string {
  return /^FASED_GATEWAY_TOKEN=(.+)$/m.exec(readFileSync(join(state, ".env"), "utf8"))?.[1] ?? "";
}

/** Resolves when `condition` holds; fails with what was waited for. */
export async function eventually(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** An operator says something and gets the answer of the run. */
export async function ask(
  connection: GatewayConnection,
  message: string,
  sessionKey = "agent:main:main",
): Promise<string> {
  const idempotencyKey = crypto.randomUUID();
  const { runId } = await connection.call<{ runId: string }>("agent", { message, sessionKey, idempotencyKey });
  const done = await connection.call<{ result?: { payloads: readonly { text: string }[] }; error?: unknown }>(
    "agent.wait",
    { runId, timeoutMs: 20_000 },
  );
  return done.result?.payloads.map(({ text }) => text).join("\n") ?? JSON.stringify(done);
}
