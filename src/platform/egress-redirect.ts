/** Where a redirect leads and what may go along. Pure. Credentials and bodies never cross an origin. */
import { EgressError, parseDestination } from "./egress-address.ts";

export type OutgoingRequest = {
  readonly url: URL;
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** All that a foreign origin gets to see: unknown headers may hold keys (`x-api-key`, `x-goog-api-key` …). */
const harmlessHeaders = new Set(["accept", "accept-language", "accept-encoding", "user-agent", "range"]);

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** The target of a redirect, or undefined when the response is none. Throws EgressError for targets that are refused. */
export function redirectTarget(from: URL, status: number, location: string | undefined): URL | undefined {
  if (!redirectStatuses.has(status) || location === undefined) return undefined;
  const target = URL.parse(location, from.href);
  if (target === null)
    throw new EgressError("egress.invalid_url", `${from.origin} redirects to something that is no URL`);
  return parseDestination(target);
}

/** The request to make there. Throws EgressError when it would have to carry the body to another origin. */
export function redirected(request: OutgoingRequest, status: number, target: URL): OutgoingRequest {
  const sameOrigin = target.origin === request.url.origin;
  const dropsBody = status === 303 || ((status === 301 || status === 302) && request.method === "POST");
  const method = dropsBody && request.method !== "HEAD" ? "GET" : request.method;
  const keepsBody = !dropsBody && request.body !== undefined;
  if (keepsBody && !sameOrigin) {
    throw new EgressError(
      "egress.redirect_body",
      `${request.url.origin} redirects to ${target.origin}, which must not receive the body; request that address itself`,
    );
  }
  const headers = sameOrigin ? request.headers : only(request.headers, (name) => harmlessHeaders.has(name));
  const kept = keepsBody ? headers : only(headers, (name) => !name.startsWith("content-"));
  return { url: target, method, headers: kept, ...(keepsBody && request.body ? { body: request.body } : {}) };
}

function only(headers: Readonly<Record<string, string>>, keep: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keep(name)));
}
