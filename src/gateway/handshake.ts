/** What happens with the frames of a connection: the challenge, the one `connect`, then calls. */
import type { AttemptLimiter } from "../identity/attempt-limiter.ts";
import type { OperatorAuth } from "../identity/operator-auth.ts";
import type { SocketConnection } from "../platform/web-socket.ts";
import { type Accepted, authenticate, HandshakeError } from "./connect.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Dispatch } from "./dispatch.ts";
import { eventScopes } from "./events.ts";
import {
  type ConnectParams,
  connectParams,
  describeIssues,
  type ErrorShape,
  errorFrame,
  eventFrame,
  okFrame,
  requestFrame,
} from "./frames.ts";
import { helloOk } from "./hello.ts";
import { gatewayLimits } from "./limits.ts";
import type { Caller, GatewayServices } from "./services.ts";
import type { GatewaySettings } from "./settings.ts";
import type { Surface } from "./surface.ts";

export type HandshakeContext = {
  readonly settings: GatewaySettings;
  readonly auth: OperatorAuth;
  readonly attempts: AttemptLimiter;
  readonly control: ControlPlane;
  readonly connections: Connections;
  readonly dispatch: Dispatch;
  readonly surface: Surface;
  readonly services: GatewayServices;
  readonly onUnexpected: (where: string, error: unknown) => void;
};

export type StartConnection = (connection: Connection, socket: SocketConnection, release: () => void) => void;

export function createHandshake(context: HandshakeContext): StartConnection {
  const events = Object.keys(eventScopes);
  const methods = [...context.surface.methods.keys()];

  return (connection, socket, release) => {
    const { clock } = context.control;
    const timeout = clock.after(gatewayLimits.handshakeTimeoutMs, () => {
      if (connection.handshake !== "done") connection.close(1008, "handshake timeout");
    });
    socket.onClose(() => {
      connection.gone = true;
      timeout.cancel();
      release();
      context.connections.remove(connection);
      context.control.presence.remove(connection.id);
    });
    const first = (text: string) => {
      connection.handshake = "under way";
      onFirstFrame(connection, text)
        .catch((error: unknown) => refuse(connection, { id: "connect", error }, context))
        .finally(() => {
          if (connection.handshake === "done") timeout.cancel();
          release();
        });
    };
    socket.onText((text) => {
      if (connection.handshake === "done") onCall(connection, text, context);
      else if (connection.handshake === "waiting") first(text);
      else connection.close(1008, "wait for the answer to connect");
    });
    connection.send(eventFrame("connect.challenge", { nonce: connection.nonce, ts: clock.now() })(undefined));
  };

  async function onFirstFrame(connection: Connection, text: string): Promise<void> {
    const frame = requestFrame.safeParse(parseJson(text));
    if (!frame.success) {
      connection.close(1008, "the first frame must be a connect request");
      return;
    }
    const { id, method, params } = frame.data;
    if (method !== "connect") {
      const error = new HandshakeError("the first call must be `connect`", { code: "CONNECT_FIRST" });
      refuse(connection, { id, error }, context);
      return;
    }
    const parsed = connectParams.safeParse(params);
    if (!parsed.success) {
      const problem = `invalid connect params: ${describeIssues(parsed.error)}`;
      refuse(connection, { id, error: new HandshakeError(problem, { code: "CONNECT_INVALID" }) }, context);
      return;
    }
    try {
      welcome(connection, { id, params: parsed.data, accepted: await authenticated(connection, parsed.data, context) });
    } catch (error) {
      refuse(connection, { id, error }, context);
    }
  }

  type Welcome = { readonly id: string; readonly params: ConnectParams; readonly accepted: Accepted };

  function welcome(connection: Connection, { id, params, accepted }: Welcome): void {
    // The peer may have gone while its credential was checked.
    if (connection.gone) return;
    connection.deviceId = accepted.deviceId;
    if (accepted.role === "operator") connection.operator = operatorOf(connection, accepted);
    connection.authenticated(accepted.role);
    // The greeting first: events follow it.
    connection.send(okFrame(id, helloOk({ ...context, connection, accepted, methods, events })));
    context.connections.add(connection);
    if (params.client.mode !== "cli" && params.client.mode !== "probe") {
      context.control.presence.add(connection.id, presenceOf(params, accepted));
    }
  }
}

function authenticated(connection: Connection, params: ConnectParams, context: HandshakeContext): Promise<Accepted> {
  const { settings, auth, attempts, control } = context;
  return authenticate(connection, params, {
    auth,
    deviceAttempts: attempts,
    devices: control.devices,
    clock: control.clock,
    controlUi: settings.controlUi,
    exemptLoopback: settings.rateLimit.exemptLoopback,
  });
}

function refuse(
  connection: Connection,
  { id, error }: { id: string; error: unknown },
  context: HandshakeContext,
): void {
  if (error instanceof HandshakeError) {
    connection.send(errorFrame(id, error.shape));
    connection.close(error.closeCode, error.message);
  } else {
    context.onUnexpected("connect", error);
    connection.send(errorFrame(id, failed));
    connection.close(1011, "the handshake failed");
  }
}

function onCall(connection: Connection, text: string, context: HandshakeContext): void {
  const frame = requestFrame.safeParse(parseJson(text));
  if (!frame.success) {
    const message = `invalid request frame: ${describeIssues(frame.error)}`;
    connection.send(errorFrame(idOf(text), { code: "INVALID_REQUEST", message }));
    return;
  }
  // A changed operator secret ends the connections that live on the old one, at the latest here.
  const epoch = connection.operator?.secretEpoch;
  if (epoch !== undefined && epoch !== context.auth.epoch) {
    connection.close(1008, "the operator secret changed");
    return;
  }
  context.dispatch(connection, frame.data).catch((error: unknown) => context.onUnexpected("dispatch", error));
}

const failed: ErrorShape = {
  code: "UNAVAILABLE",
  message: "the Gateway could not check this connection; `fased logs`",
};

function operatorOf(connection: Connection, accepted: Accepted) {
  const caller: Caller = Object.freeze({
    principal: Object.freeze({
      kind: "operator",
      id: accepted.deviceId ?? "shared",
      scopes: Object.freeze([...accepted.scopes]),
      // A browser always sends an Origin, a program never has to: not what the client calls itself.
      via: connection.arrival.origin === undefined ? "cli" : "webchat",
    }),
    path: Object.freeze({ kind: "control", transport: "ws" }),
  });
  return {
    caller,
    deviceId: accepted.deviceId,
    secretEpoch: accepted.secretEpoch,
    protocol: accepted.protocol,
  };
}

function presenceOf({ client }: ConnectParams, accepted: Accepted) {
  return {
    ...(client.displayName ? { host: client.displayName } : {}),
    version: client.version,
    platform: client.platform,
    ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
    ...(client.modelIdentifier === undefined ? {} : { modelIdentifier: client.modelIdentifier }),
    mode: client.mode,
    ...(accepted.deviceId === undefined ? {} : { deviceId: accepted.deviceId }),
    ...(client.instanceId === undefined ? {} : { instanceId: client.instanceId }),
    roles: [accepted.role],
    scopes: accepted.scopes,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The id of a frame that is otherwise wrong, so that its caller need not wait. */
function idOf(text: string): string {
  const frame = parseJson(text);
  const id = typeof frame === "object" && frame !== null && "id" in frame ? frame.id : undefined;
  return typeof id === "string" && id !== "" && id.length <= 128 ? id : "invalid";
}
