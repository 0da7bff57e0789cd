/**
 * HTTP requests: one spelling of the path, exact Host and Origin, then the route of the table, its authentication, its
 * body limit, and only then its handler.
 */
import type { Guard } from "../guard/guard.ts";
import { clientAddress, clientPlace, isLoopbackAddress } from "../identity/client-address.ts";
import type { OperatorAuth } from "../identity/operator-auth.ts";
import { checkHost, checkOrigin } from "../identity/origin-check.ts";
import type { RequestFacts } from "../platform/http-server.ts";
import { scopes as allScopes } from "../policy/request.ts";
import { canonicalPath } from "./canonical-path.ts";
import { authorizeRoute } from "./dispatch.ts";
import { errorShapeOf, GatewayError } from "./gateway-error.ts";
import { type BodyCall, errorResponse, type OperatorCall, type Route, type RouteCall } from "./route.ts";
import type { Caller, GatewayServices } from "./services.ts";
import type { GatewaySettings } from "./settings.ts";

export type HttpParts = {
  readonly settings: Pick<GatewaySettings, "origins" | "proxies" | "rateLimit">;
  readonly routes: readonly Route[];
  readonly auth: OperatorAuth;
  readonly guard: Guard;
  readonly services: GatewayServices;
  readonly onUnexpected: (where: string, error: unknown) => void;
};

export type HttpApp = (request: Request, facts: RequestFacts) => Promise<Response>;

/** Sent with every answer. */
const securityHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), payment=(), usb=()",
  "cache-control": "no-store",
};

export function createHttpApp(parts: HttpParts): HttpApp {
  return async (request, facts) => {
    const response = await answer(request, facts, parts);
    for (const [name, value] of Object.entries(securityHeaders)) {
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    return response;
  };
}

async function answer(request: Request, facts: RequestFacts, parts: HttpParts): Promise<Response> {
  const refused = refuseRequest(request, facts, parts);
  if (refused) return refused;
  const path = canonicalPath(facts.target);
  if (path === undefined)
    return errorResponse(400, { code: "http.path", message: "the path is not spelled canonically" });
  const matching = parts.routes.filter((route) => matches(route.path, path));
  if (matching.length === 0) return errorResponse(404, { code: "http.not_found", message: "there is nothing here" });
  const verb = request.method === "HEAD" ? "GET" : request.method;
  const route = matching.find((candidate) => candidate.verb === verb);
  if (!route) return methodNotAllowed(matching);
  const call: RouteCall = {
    request,
    facts,
    path,
    clientIp: clientIpOf(request, facts, parts),
    core: parts.services.core,
  };
  try {
    return await handle(route, call, parts);
  } catch (error) {
    const { shape, unexpected } = errorShapeOf(error);
    if (unexpected) parts.onUnexpected(`${route.verb} ${route.path}`, error);
    const status = unexpected ? 500 : statusOf(error);
    return errorResponse(status, { code: shape.code, message: shape.message });
  }
}

/** What is refused before anything is looked up. */
function refuseRequest(request: Request, facts: RequestFacts, parts: HttpParts): Response | undefined {
  if (facts.repeatedHeaders.length > 0) {
    return errorResponse(400, {
      code: "http.repeated_header",
      message: `repeated header: ${facts.repeatedHeaders[0]}`,
    });
  }
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const host = header("host");
  if (!checkHost(host, parts.settings.origins)) {
    return errorResponse(403, { code: "http.host", message: "this Host is not a name of this Gateway" });
  }
  const place = clientPlace(facts.peer.address, header);
  const origin = checkOrigin({ origin: header("origin"), host, place }, parts.settings.origins);
  if (!origin.ok) return errorResponse(403, { code: "http.origin", message: origin.reason });
  if (request.method !== "GET" && request.method !== "HEAD" && header("sec-fetch-site") === "cross-site") {
    return errorResponse(403, { code: "http.cross_site", message: "another site may not send this" });
  }
  return undefined;
}

/** Programs call these; a page is never served under them, so an API that is switched off is not found. */
const apiPrefixes = ["/v1/", "/api/", "/tools/", "/hooks/", "/__fased/"];

function matches(pattern: string, path: string): boolean {
  if (!pattern.endsWith("*")) return path === pattern;
  return path.startsWith(pattern.slice(0, -1)) && !apiPrefixes.some((prefix) => path.startsWith(prefix));
}

function methodNotAllowed(routes: readonly Route[]): Response {
  const allow = [...new Set(routes.flatMap((route) => (route.verb === "GET" ? ["GET", "HEAD"] : [route.verb])))];
  return errorResponse(
    405,
    { code: "http.method", message: "this method is not allowed here" },
    { allow: allow.join(", ") },
  );
}

function clientIpOf(request: Request, facts: RequestFacts, parts: HttpParts): string {
  return clientAddress(facts.peer.address, (name) => request.headers.get(name) ?? undefined, parts.settings.proxies);
}

async function handle(route: Route, call: RouteCall, parts: HttpParts): Promise<Response> {
  if (route.auth === "none") return route.handle(call);
  if (route.auth === "login-code") return route.handle(await withBody(call, route.bodyBytesMax));
  const refused = refuseBearer(call, parts);
  if (refused) return refused;
  const caller = httpOperator;
  await authorizeRoute(parts.guard, caller, { name: route.name, scope: route.auth.scope });
  const running = parts.services.running;
  if (!running) throw unavailable;
  const operatorCall: OperatorCall = { ...(await withBody(call, route.bodyBytesMax)), caller, running };
  return route.handle(operatorCall);
}

/** Whoever has the operator secret is the operator, with every scope. */
const httpOperator: Caller = Object.freeze({
  principal: Object.freeze({ kind: "operator", id: "shared", scopes: allScopes, via: "http" }),
  path: Object.freeze({ kind: "control", transport: "http" }),
});

const unavailable = new GatewayError({
  code: "UNAVAILABLE",
  message: "the Gateway is in recovery mode or still starting",
  retryable: true,
});

function refuseBearer(call: RouteCall, parts: HttpParts): Response | undefined {
  const header = call.request.headers.get("authorization") ?? "";
  const bearer = /^Bearer ([^\s,]+)$/i.exec(header)?.[1];
  const answered = parts.auth.checkBearer(bearer, limitKeyOf(call, parts));
  if (answered.ok) return undefined;
  const error = { code: `auth.${answered.reason}`, message: "unauthorized" };
  if (answered.retryAfterMs === undefined) return errorResponse(401, error, { "www-authenticate": "Bearer" });
  const seconds = String(Math.ceil(answered.retryAfterMs / 1_000));
  return errorResponse(429, { ...error, message: "too many failed attempts" }, { "retry-after": seconds });
}

/** As for WebSocket: pages are always limited, programs on this machine may be exempt. */
function limitKeyOf(call: RouteCall, { settings }: Pick<HttpParts, "settings">): string | undefined {
  const origin = call.request.headers.get("origin");
  const loopback = isLoopbackAddress(call.clientIp);
  if (origin !== null && loopback) return `shared-secret|browser-origin:${origin.toLowerCase()}`;
  return loopback && settings.rateLimit.exemptLoopback ? undefined : `shared-secret|${call.clientIp}`;
}

async function withBody(call: RouteCall, bytesMax: number): Promise<BodyCall> {
  const type = call.request.headers.get("content-type") ?? "";
  // A form or plain text could be sent by any page without asking first.
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new BodyError(415, "send application/json");
  const text = await readBody(call.request, bytesMax);
  try {
    return { ...call, body: JSON.parse(text) as unknown };
  } catch {
    throw new BodyError(400, "the body is not JSON");
  }
}

/** Stops reading at the limit; a declared length beyond it is refused unread. */
async function readBody(request: Request, bytesMax: number): Promise<string> {
  const tooLarge = () => new BodyError(413, `the body is larger than ${bytesMax} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge();
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: false }).decode(Buffer.concat(chunks));
}

class BodyError extends GatewayError {
  readonly status: number;

  constructor(status: number, message: string) {
    super({ code: "INVALID_REQUEST", message });
    this.status = status;
  }
}

function statusOf(error: unknown): number {
  if (error instanceof BodyError) return error.status;
  const code = error instanceof GatewayError ? error.shape.code : "INVALID_REQUEST";
  if (code === "UNAVAILABLE") return 503;
  const details = error instanceof GatewayError ? error.shape.details : undefined;
  return typeof details === "object" && details !== null && "missingScope" in details ? 403 : 400;
}
