/** The control plane: one loopback port for WebSocket and HTTP, and a socket for the same OS user's log-in links. */
import { randomUUID } from "node:crypto";
import type { Guard } from "../guard/guard.ts";
import { createAttemptLimiter } from "../identity/attempt-limiter.ts";
import { clientAddress, clientPlace } from "../identity/client-address.ts";
import type { DeviceEvent, DeviceStore } from "../identity/devices.ts";
import { createLoginLinks } from "../identity/login-links.ts";
import { createOperatorAuth, type OperatorAuthSettings } from "../identity/operator-auth.ts";
import { checkHost, checkOrigin } from "../identity/origin-check.ts";
import type { Clock } from "../platform/clock.ts";
import { listenLoopback, type UpgradeRequest } from "../platform/http-server.ts";
import { serveLocalSocket } from "../platform/local-socket.ts";
import { createSocketAcceptor } from "../platform/web-socket.ts";
import { type Arrival, Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createDispatch } from "./dispatch.ts";
import type { Events } from "./events.ts";
import { createHandshake } from "./handshake.ts";
import { createHealthFeed } from "./health-feed.ts";
import { createHttpApp } from "./http.ts";
import { createIdempotentRuns } from "./idempotent-runs.ts";
import { gatewayLimits } from "./limits.ts";
import { methodTable } from "./methods/table.ts";
import { createPresence } from "./presence.ts";
import { routeTable } from "./routes/table.ts";
import type { GatewayServices } from "./services.ts";
import { assertLoopbackBind, type GatewaySettings } from "./settings.ts";
import { createSurface, type Surface } from "./surface.ts";

export type GatewayOptions = {
  readonly settings: GatewaySettings;
  readonly services: GatewayServices;
  readonly guard: Guard;
  readonly devices: DeviceStore;
  readonly events: Events;
  readonly clock: Clock;
  /** `statePaths(…).gatewaySocket`. */
  readonly loginSocketPath: string;
  readonly log: (level: "debug" | "info" | "warn" | "error", message: string, fields?: Record<string, unknown>) => void;
};

export interface Gateway {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly surface: Surface;
  /** A link that logs one browser in, good once and for a minute. */
  loginLink(): string;
  /** After a change of the token or password: connections that live on the old one end. */
  replaceAuth(settings: OperatorAuthSettings): void;
  /** A channel or the readiness of the Gateway changed: clients are told. */
  healthChanged(): void;
  /** Tells clients, stops accepting, closes. `restartExpectedMs` when it comes back. */
  stop(reason: string, restartExpectedMs?: number): Promise<void>;
}

/** Opens the port. Throws BindRefusedError, PortInUseError; nothing listens then. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, clock, devices, events } = options;
  assertLoopbackBind(settings);
  const attempts = createAttemptLimiter(clock, settings.rateLimit);
  const auth = createOperatorAuth(settings.auth, attempts);
  const links = createLoginLinks(clock);
  const connections = createConnections(events);
  const control = createControl(options);
  const surface = createSurface(routeTable({ settings, links, devices, attempts }), methodTable);
  const onUnexpected = (where: string, error: unknown) =>
    options.log("error", `${where} failed`, { error: error instanceof Error ? (error.stack ?? error.message) : error });
  const dispatch = createDispatch({ ...options, control, methods: surface.methods, onUnexpected });
  const handshake = createHandshake({
    ...{ settings, auth, attempts, control, connections, dispatch, surface, onUnexpected },
    services: options.services,
  });
  const acceptor = createSocketAcceptor(gatewayLimits.handshakeMessageBytesMax);
  const unsubscribe = devices.subscribe((event) => onDeviceEvent(event, { events, connections, clock }));

  const upgrade = (request: UpgradeRequest): void => {
    const arrival: Arrival | Refusal = connections.hasRoom() ? admitUpgrade(request, settings) : busy;
    if ("refuse" in arrival) {
      refuseUpgrade(request, arrival);
      return;
    }
    const release = connections.reserve();
    // An upgrade that fails halfway gives its place back too.
    request.onClose(release);
    acceptor.accept(request, (socket) => {
      const connection = new Connection({ id: randomUUID(), nonce: randomUUID(), arrival }, socket);
      handshake(connection, socket, release);
    });
  };

  const server = await listenLoopback(settings.port, {
    fetch: createHttpApp({ ...options, routes: surface.routes, auth, onUnexpected }),
    upgrade,
  });
  const loginLink = () => `http://127.0.0.1:${server.port}${basePath(settings)}#code=${links.create()}`;
  // Programs of the same OS user ask here first, so that their token never goes to a stranger who holds the port.
  const loginSocket = await serveLocalSocket(options.loginSocketPath, async (line) => {
    if (line === "address") return `ws://127.0.0.1:${server.port}`;
    return line === "login-link" ? loginLink() : "unknown request";
  }).catch(async (error: unknown) => {
    await server.close(0);
    throw error;
  });
  const ticking = startTicking(clock, events);

  return {
    port: server.port,
    addresses: server.addresses,
    surface,
    loginLink,
    replaceAuth(next) {
      auth.replace(next);
      connections.closeWhere((connection) => isStale(connection, auth.epoch), "the operator secret changed");
    },
    healthChanged: () => control.health.changed(),
    async stop(reason, restartExpectedMs) {
      ticking.stop();
      events.publish("shutdown", restartExpectedMs === undefined ? { reason } : { reason, restartExpectedMs });
      connections.closeWhere(() => true, "service restart", 1012);
      unsubscribe();
      connections.stop();
      await Promise.all([loginSocket.close(), server.close(gatewayLimits.shutdownGraceMs)]);
      acceptor.close();
    },
  };
}

function createControl({ clock, devices, events, services }: GatewayOptions): ControlPlane {
  return {
    ...{ clock, devices, events },
    startedAt: clock.now(),
    health: createHealthFeed({ core: services.core, clock, events }),
    presence: createPresence(clock, (presence) => events.publish("presence", { presence })),
    runs: createIdempotentRuns(clock),
  };
}

const isStale = ({ operator }: Connection, epoch: number): boolean =>
  operator?.secretEpoch !== undefined && operator.secretEpoch !== epoch;

function basePath({ controlUi }: GatewaySettings): string {
  return controlUi.basePath === "/" ? "/" : `${controlUi.basePath}/`;
}

type Refusal = { readonly refuse: string; readonly status: 403 | 503 };

const busy: Refusal = { refuse: "too many connections", status: 503 };
const forbidden = (refuse: string): Refusal => ({ refuse, status: 403 });

/** Before a socket exists: one Host, one Origin, both ours. A hostile page never holds a connection. */
function admitUpgrade({ facts, header }: UpgradeRequest, settings: GatewaySettings): Arrival | Refusal {
  if (facts.repeatedHeaders.length > 0) return forbidden(`repeated header: ${facts.repeatedHeaders[0]}`);
  const host = header("host");
  if (!checkHost(host, settings.origins)) return forbidden("this Host is not a name of this Gateway");
  const place = clientPlace(facts.peer.address, header);
  const origin = header("origin");
  const answer = checkOrigin({ origin, host, place }, settings.origins);
  if (!answer.ok) return forbidden(answer.reason);
  return { clientIp: clientAddress(facts.peer.address, header, settings.proxies), place, origin };
}

function refuseUpgrade(request: UpgradeRequest, { refuse, status }: Refusal): void {
  const [type, code] = status === 503 ? ["unavailable", "ws.busy"] : ["forbidden", "ws.refused"];
  request.refuse(status, JSON.stringify({ error: { type, code, message: refuse } }));
}

type DeviceEventParts = {
  readonly events: Events;
  readonly connections: ReturnType<typeof createConnections>;
  readonly clock: Clock;
};

function onDeviceEvent(event: DeviceEvent, { events, connections, clock }: DeviceEventParts): void {
  const ts = clock.now();
  switch (event.kind) {
    case "requested": {
      const { createdAtMs, metadata, reason: _reason, ...request } = event.request;
      events.publish("device.pair.requested", { ...request, ...filled(metadata), ts: createdAtMs });
      break;
    }
    case "resolved":
      events.publish("device.pair.resolved", { ...pick(event), ts });
      break;
    case "revoked":
      connections.closeWhere(
        ({ deviceId, role }) => deviceId === event.deviceId && (event.role === undefined || event.role === role),
        "device token revoked",
      );
      break;
  }
}

const pick = ({ requestId, deviceId, decision }: Extract<DeviceEvent, { kind: "resolved" }>) => ({
  requestId,
  deviceId,
  decision,
});

/** Without the fields that are empty: the published frames have none that is. */
function filled(fields: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

function startTicking(clock: Clock, events: Events): { stop(): void } {
  let stopped = false;
  const tick = () => {
    if (stopped) return;
    events.publish("tick", { ts: clock.now() });
    timer = clock.after(gatewayLimits.tickIntervalMs, tick);
  };
  let timer = clock.after(gatewayLimits.tickIntervalMs, tick);
  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}
