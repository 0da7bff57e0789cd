/**
 * The path of a call, in one place: frame → operator → method → guard → parameters → handler → answer. What a client
 * says about itself plays no part; its scopes come from its credential.
 */
import type { Guard } from "../guard/guard.ts";
import { createAttemptLimiter } from "../identity/attempt-limiter.ts";
import type { Clock } from "../platform/clock.ts";
import { cleanLabel } from "../policy/label.ts";
import type { Scope } from "../policy/request.ts";
import type { Connection, Operator } from "./connection.ts";
import type { ControlPlane } from "./control-plane.ts";
import { describeIssues, type ErrorShape, errorFrame, okFrame, type RequestFrame } from "./frames.ts";
import { errorShapeOf, GatewayError } from "./gateway-error.ts";
import { gatewayLimits } from "./limits.ts";
import type { Method, MethodCall, MethodRequest } from "./method.ts";
import type { Caller, GatewayServices } from "./services.ts";

export type DispatchParts = {
  readonly guard: Guard;
  readonly services: GatewayServices;
  readonly control: ControlPlane;
  readonly methods: ReadonlyMap<string, Method>;
  readonly onUnexpected: (where: string, error: unknown) => void;
};

export type Dispatch = (connection: Connection, frame: RequestFrame) => Promise<void>;

export function createDispatch(parts: DispatchParts): Dispatch {
  const limits = createCallLimits(parts.control.clock);

  return async (connection, frame) => {
    if (connection.callsInFlight >= gatewayLimits.callsInFlightMax) {
      connection.send(errorFrame(frame.id, tooManyCalls));
      return;
    }
    connection.callsInFlight += 1;
    try {
      connection.send(okFrame(frame.id, await answer(connection, frame)));
    } catch (error) {
      const { shape, unexpected } = errorShapeOf(error);
      if (unexpected) parts.onUnexpected(frame.method, error);
      connection.send(errorFrame(frame.id, shape));
      if (error instanceof RefusedCall) countRefusal(connection);
    } finally {
      connection.callsInFlight -= 1;
    }
  };

  async function answer(connection: Connection, frame: RequestFrame): Promise<unknown> {
    const { operator } = connection;
    if (!operator) throw new RefusedCall({ code: "INVALID_REQUEST", message: `unauthorized role: ${connection.role}` });
    const method = parts.methods.get(frame.method);
    if (!method) throw unknownMethod(frame.method);
    const verdict = await check(connection, operator, { method: method.name, scope: method.scope });
    const running = parts.services.running;
    if (method.needs === "running" && !running) throw notRunning(method.name);
    limits.take(method, connection);
    const prepared = method.prepare(frame.params);
    if (!prepared.ok) throw invalidParams(method.name, describeIssues(prepared.error));
    const authorized = prepared.stricterScope
      ? await check(connection, operator, { method: method.name, scope: prepared.stricterScope })
      : verdict;
    const call: MethodCall = {
      authorized,
      caller: operator.caller,
      core: parts.services.core,
      control: parts.control,
      connection: { id: connection.id, deviceId: operator.deviceId, clientIp: connection.arrival.clientIp },
      acknowledge: (payload) => connection.send(okFrame(frame.id, payload)),
    };
    return prepared.run(call, running);
  }

  async function check(connection: Connection, operator: Operator, asked: Asked) {
    const verdict = await parts.guard.check(requestOf(connection, operator, asked));
    if (verdict.effect === "allow") return verdict.authorized;
    throw missingScope(asked.scope, verdict.decision.reason);
  }
}

/** What an HTTP route that acts for an operator asks before its handler runs; throws GatewayError. */
export async function authorizeRoute(guard: Guard, caller: Caller, call: { name: string; scope: Scope }) {
  const verdict = await guard.check(methodRequest(caller, { method: call.name, scope: call.scope }));
  if (verdict.effect === "allow") return verdict.authorized;
  throw missingScope(call.scope, verdict.decision.reason);
}

/** Refusals that count towards closing the connection. */
class RefusedCall extends GatewayError {}

function countRefusal(connection: Connection): void {
  connection.refusedCalls += 1;
  if (connection.refusedCalls >= gatewayLimits.refusedCallsMax) connection.close(1008, "repeated unauthorized calls");
}

type Asked = { readonly method: string; readonly scope: Scope };

function requestOf(connection: Connection, operator: Operator, asked: Asked): MethodRequest {
  const key = `${asked.method} ${asked.scope}`;
  const known = connection.requests.get(key);
  if (known) return known;
  const request = methodRequest(operator.caller, asked);
  connection.requests.set(key, request);
  return request;
}

function methodRequest(caller: Caller, asked: Asked): MethodRequest {
  return Object.freeze({
    principal: caller.principal,
    path: caller.path,
    action: { kind: "method.call", ...asked },
    context: { label: cleanLabel, audience: ["owner"], sandbox: "off", grant: "none" },
  });
}

const tooManyCalls: ErrorShape = {
  code: "UNAVAILABLE",
  message: `more than ${gatewayLimits.callsInFlightMax} calls are under way on this connection; wait for answers`,
  retryable: true,
};

function missingScope(scope: Scope, reason: string): RefusedCall {
  const details = { code: "MISSING_SCOPE", missingScope: scope, requiredScopes: [scope], reason };
  return new RefusedCall({ code: "INVALID_REQUEST", message: `missing scope: ${scope}`, details });
}

function unknownMethod(name: string): GatewayError {
  return new GatewayError({
    code: "INVALID_REQUEST",
    message: `unknown method: ${name}`,
    details: { code: "method.unknown" },
  });
}

function notRunning(name: string): GatewayError {
  return new GatewayError({
    code: "UNAVAILABLE",
    message: `${name} is not available: the Gateway is in recovery mode or still starting; \`status\` lists what to fix`,
    details: { code: "gateway.recovery_mode" },
    retryable: true,
  });
}

function invalidParams(name: string, problem: string): GatewayError {
  return new GatewayError({
    code: "INVALID_REQUEST",
    message: `invalid ${name} params: ${problem}`,
    details: { code: "method.invalid_params" },
  });
}

/** Limits of methods that cost more than a read, per device and address. */
function createCallLimits(clock: Clock) {
  const limiters = new Map<string, ReturnType<typeof createAttemptLimiter>>();
  return {
    take(method: Method, connection: Connection): void {
      if (!method.limit) return;
      const { calls, windowMs } = method.limit;
      const limiter =
        limiters.get(method.name) ?? createAttemptLimiter(clock, { maxAttempts: calls, windowMs, lockoutMs: windowMs });
      limiters.set(method.name, limiter);
      const key = `${connection.operator?.deviceId ?? "shared"}|${connection.arrival.clientIp}`;
      const retryAfterMs = limiter.waitMs(key);
      if (retryAfterMs > 0) throw rateLimited(method.name, retryAfterMs);
      limiter.fail(key);
    },
  };
}

function rateLimited(name: string, retryAfterMs: number): GatewayError {
  return new GatewayError({
    code: "UNAVAILABLE",
    message: `${name} was called too often; wait ${Math.ceil(retryAfterMs / 1_000)} s`,
    retryable: true,
    retryAfterMs,
    details: { code: "method.rate_limited" },
  });
}
