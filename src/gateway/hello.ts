/** The greeting that ends the handshake: who the client is now, and what it can do and see. */
import type { Accepted } from "./connect.ts";
import type { Connection } from "./connection.ts";
import type { ControlPlane } from "./control-plane.ts";
import { healthFrame } from "./health-feed.ts";
import { gatewayLimits } from "./limits.ts";
import type { GatewayServices } from "./services.ts";
import type { GatewaySettings } from "./settings.ts";

export type HelloParts = {
  readonly settings: Pick<GatewaySettings, "version" | "auth">;
  readonly control: ControlPlane;
  readonly services: GatewayServices;
  readonly connection: Connection;
  readonly accepted: Accepted;
  readonly methods: readonly string[];
  readonly events: readonly string[];
};

export function helloOk({ settings, control, services, connection, accepted, methods, events }: HelloParts) {
  const seesPlaces = accepted.scopes.includes("operator.admin");
  return {
    type: "hello-ok",
    protocol: accepted.protocol,
    server: { version: settings.version, connId: connection.id },
    features: { methods: accepted.role === "operator" ? methods : [], events },
    snapshot: {
      presence: accepted.role === "operator" ? control.presence.list() : [],
      health: healthFrame(services.core, control.clock.now()),
      stateVersion: { presence: control.presence.version, health: control.health.version },
      uptimeMs: Math.max(0, control.clock.now() - control.startedAt),
      ...(seesPlaces ? placesOf(services) : {}),
      ...sessionDefaults(services),
      authMode: settings.auth.mode,
    },
    auth: {
      role: accepted.role,
      scopes: accepted.scopes,
      ...(accepted.deviceToken === undefined ? {} : { deviceToken: accepted.deviceToken }),
      ...(accepted.issuedAtMs === undefined ? {} : { issuedAtMs: accepted.issuedAtMs }),
    },
    policy: {
      maxPayload: gatewayLimits.messageBytesMax,
      maxBufferedBytes: gatewayLimits.bufferedBytesMax,
      tickIntervalMs: gatewayLimits.tickIntervalMs,
    },
  };
}

function placesOf({ core }: GatewayServices) {
  const { configPath, stateDirectory } = core.host.status();
  return { configPath, stateDir: stateDirectory };
}

function sessionDefaults({ running }: GatewayServices) {
  if (!running) return {};
  const { defaultId, mainKey } = running.agents.list();
  return { sessionDefaults: { defaultAgentId: defaultId, mainKey: "main", mainSessionKey: mainKey } };
}
