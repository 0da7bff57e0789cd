/**
 * What an HTTP route is. Its authentication class is part of its definition: without one it does not compile. A route
 * without authentication can only read.
 */
import type { RequestFacts } from "../platform/http-server.ts";
import type { Scope } from "../policy/request.ts";
import type { Caller, CoreServices, RunningServices } from "./services.ts";

export type RouteCall = {
  readonly request: Request;
  readonly facts: RequestFacts;
  readonly clientIp: string;
  /** Decoded and canonical, without the query. */
  readonly path: string;
  readonly core: CoreServices;
};

export type BodyCall = RouteCall & {
  /** Parsed JSON; the handler parses it with its schema. */
  readonly body: unknown;
};

export type OperatorCall = BodyCall & { readonly caller: Caller; readonly running: RunningServices };

type Answer = Response | Promise<Response>;

export type Route =
  /** Everyone: pages, liveness. */
  | {
      readonly verb: "GET";
      /** Exact, or a prefix with a final `*`. */
      readonly path: string;
      readonly auth: "none";
      handle(call: RouteCall): Answer;
    }
  /** Whoever has a single-use log-in code in the body; the handler redeems it before anything else. */
  | {
      readonly verb: "POST";
      readonly path: string;
      readonly auth: "login-code";
      readonly bodyBytesMax: number;
      handle(call: BodyCall): Answer;
    }
  /** Whoever has the operator secret as a bearer token, and whom the policy gives `scope`. */
  | {
      readonly verb: "POST";
      readonly path: string;
      readonly auth: { readonly scope: Scope };
      /** Name of the call in decisions and the ledger. */
      readonly name: string;
      readonly bodyBytesMax: number;
      handle(call: OperatorCall): Answer;
    };

/** An error as every route words it. */
export function errorResponse(status: number, error: { code: string; message: string }, headers = {}): Response {
  const type = { 401: "unauthorized", 403: "forbidden", 429: "rate_limited" }[status] ?? "invalid_request";
  const { code, message } = error;
  return Response.json({ error: { type: status >= 500 ? "unavailable" : type, code, message } }, { status, headers });
}
