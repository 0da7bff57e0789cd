/** A Gateway on a free loopback port over in-memory ports, with the real guard, devices and protocol. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/config/parse.ts";
import { createEvents, type Events } from "../../src/gateway/events.ts";
import { type Gateway, startGateway } from "../../src/gateway/gateway.ts";
import type { GatewaySettings } from "../../src/gateway/settings.ts";
import { createGuard } from "../../src/guard/create-guard.ts";
import { attemptLimitDefaults } from "../../src/identity/attempt-limiter.ts";
import { type DeviceStore, openDevices } from "../../src/identity/devices.ts";
import { type Clock, systemClock } from "../../src/platform/clock.ts";
import { Secret } from "../../src/platform/secret.ts";
import { statePaths } from "../../src/platform/state-paths.ts";
import { compile } from "../../src/policy/compile.ts";
import { noGrants } from "../../src/policy/grants.ts";
import { createFakeServices, type FakeServices } from "./fake-services.ts";

export const testToken = "test-token-of-more-than-24-characters";

export type TestGateway = {
  readonly gateway: Gateway;
  readonly services: FakeServices;
  readonly events: Events;
  readonly devices: DeviceStore;
  readonly folder: string;
  readonly http: string;
  readonly ws: string;
  /** Reasons of recorded decisions. */
  readonly recorded: string[];
  readonly logged: string[];
  stop(): Promise<void>;
};

export type TestOptions = {
  readonly settings?: Partial<GatewaySettings>;
  readonly clock?: Clock;
  readonly page?: "built" | "absent";
};

export async function startTestGateway({
  settings,
  clock = systemClock,
  page,
}: TestOptions = {}): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), "fased-gateway-"));
  const paths = statePaths(folder);
  const events = createEvents();
  const services = createFakeServices(events, clock);
  const devices = await openDevices(paths, clock);
  const recorded: string[] = [];
  const logged: string[] = [];
  if (page !== "absent") buildPage(join(folder, "page"));
  const gateway = await startGateway({
    settings: { ...testSettings(folder), ...settings },
    services,
    devices,
    events,
    clock,
    guard: createGuard({
      policy: compile(parseConfig("{}").config, noGrants),
      ledger: { append: async (entry) => recorded.push(entry.reason) },
      spendGrant: async () => false,
      now: () => clock.now(),
    }),
    loginSocketPath: paths.gatewaySocket,
    log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
  });
  return {
    gateway,
    services,
    events,
    devices,
    folder,
    recorded,
    logged,
    http: `http://127.0.0.1:${gateway.port}`,
    ws: `ws://127.0.0.1:${gateway.port}`,
    async stop() {
      services.finishWaiting();
      await gateway.stop("test");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function testSettings(folder: string): GatewaySettings {
  return {
    version: "1.2.3",
    bind: "loopback",
    port: 0,
    auth: { mode: "token", secret: new Secret(testToken) },
    rateLimit: { ...attemptLimitDefaults, exemptLoopback: true },
    origins: { allowedOrigins: [], dangerouslyAllowHostHeaderOriginFallback: false },
    proxies: { trustedProxies: [], allowRealIpFallback: false },
    controlUi: {
      enabled: true,
      basePath: "/",
      root: join(folder, "page"),
      allowInsecureAuth: false,
      dangerouslyDisableDeviceAuth: false,
    },
    chatCompletions: "enabled",
  };
}

function buildPage(root: string): void {
  mkdirSync(join(root, "assets"), { recursive: true });
  writeFileSync(join(root, "index.html"), "<!doctype html><title>Fased</title>");
  writeFileSync(join(root, "assets", "app.js"), "export {};");
}
