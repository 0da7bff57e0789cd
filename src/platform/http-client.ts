/**
 * The one client for outgoing HTTP. Every request, and every redirect of it, passes the same checks: scheme, user info,
 * port, each address behind the name; then it goes to a checked address and no other.
 */
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Agent, Dispatcher } from "undici";
import { EgressError, parseDestination, parsePrivateOrigin } from "./egress-address.ts";
import { type AddressLookup, checkedConnector, systemLookup } from "./egress-connect.ts";
import { libraryRequest, libraryResponse } from "./egress-library.ts";
import { type OutgoingRequest, redirected, redirectTarget } from "./egress-redirect.ts";
import { type HttpRequest, type HttpResponse, type HttpStream, ownHeaders } from "./http-message.ts";

export type HttpClientOptions = {
  /** Exact origins (`http://127.0.0.1:11434`) that operator config names for this client's purpose; all others are public. */
  readonly privateOrigins: readonly string[];
  readonly lookup?: AddressLookup;
};

/** All methods reject with EgressError. */
export interface HttpClient {
  /** Requests and reads at most `maxBytes` of the decoded body. Any status is a response, not an error. */
  fetch(request: HttpRequest & { readonly maxBytes: number }): Promise<HttpResponse>;
  /** Requests and hands over the decoded body as it comes; read it to the end or destroy it. */
  stream(request: HttpRequest): Promise<HttpStream>;
  /** A WHATWG fetch for libraries that want one. `purpose` names the user in error messages. */
  fetchFor(purpose: string): typeof fetch;
  close(): Promise<void>;
}

const redirectsDefault = 5;
const headerBytesMax = 32 * 1024;
const keepAliveMs = 30_000;
const connectionsPerOriginMax = 64;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new CheckedClient(options);
}

class CheckedClient implements HttpClient {
  readonly #privateOrigins: ReadonlySet<string>;
  readonly #lookup: AddressLookup;
  #agent: Promise<Agent> | undefined;

  constructor(options: HttpClientOptions) {
    this.#privateOrigins = new Set(options.privateOrigins.map(parsePrivateOrigin));
    this.#lookup = options.lookup ?? systemLookup;
  }

  async fetch(request: HttpRequest & { readonly maxBytes: number }): Promise<HttpResponse> {
    const signal = anySignal(request.signal, AbortSignal.timeout(request.timeoutMs));
    return withEgressErrors(request, async () => {
      const { body, ...head } = await this.#open(request, signal);
      return { ...head, ...(await readBounded(body, request.maxBytes)) };
    });
  }

  async stream(request: HttpRequest): Promise<HttpStream> {
    return withEgressErrors(request, () => this.#open(request, request.signal));
  }

  fetchFor(purpose: string): typeof fetch {
    return async (input, init) => {
      try {
        const request = await libraryRequest(input, init);
        const { body, ...head } = await this.stream(request);
        return libraryResponse(head, body);
      } catch (error) {
        if (error instanceof EgressError && error.code === "egress.aborted") throw init?.signal?.reason ?? error;
        throw error instanceof EgressError
          ? new EgressError(error.code, `${purpose}: ${error.message}`, { cause: error })
          : error;
      }
    };
  }

  async close(): Promise<void> {
    await (await this.#agent)?.destroy();
  }

  async #open(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpStream> {
    let outgoing = outgoingRequest(request);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#send(outgoing, request.timeoutMs, signal);
      const headers = plainHeaders(response.headers);
      const target = redirectTarget(outgoing.url, response.statusCode, headers["location"]);
      if (target === undefined || request.onRedirect?.(outgoing.url, target) === "stop") {
        return { status: response.statusCode, headers, url: outgoing.url.href, body: decoded(response.body, headers) };
      }
      response.body.on("error", () => undefined).destroy();
      if (redirects >= (request.maxRedirects ?? redirectsDefault)) {
        throw new EgressError("egress.too_many_redirects", `${outgoing.url.origin} redirects too often`);
      }
      outgoing = redirected(outgoing, response.statusCode, target);
    }
  }

  async #send(
    outgoing: OutgoingRequest,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    this.#agent ??= this.#createAgent();
    const agent = await this.#agent;
    return agent.request({
      origin: outgoing.url.origin,
      path: outgoing.url.pathname + outgoing.url.search,
      method: outgoing.method as Dispatcher.HttpMethod,
      headers: outgoing.headers,
      body: outgoing.body ?? null,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(signal ? { signal } : {}),
    });
  }

  /** Loaded with the first request: an idle Gateway does without its memory. */
  async #createAgent(): Promise<Agent> {
    // The default: a bundle gives a CommonJS package that is imported lazily no other name.
    const { default: undici } = await import("undici");
    return new undici.Agent({
      connect: checkedConnector(undici.buildConnector, { privateOrigins: this.#privateOrigins, lookup: this.#lookup }),
      connections: connectionsPerOriginMax,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: headerBytesMax,
      allowH2: false,
    });
  }
}

function outgoingRequest(request: HttpRequest): OutgoingRequest {
  const url = parseDestination(request.url);
  const headers: Record<string, string> = { "accept-encoding": "gzip, deflate, br", "user-agent": "fased" };
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lower = name.toLowerCase();
    if (ownHeaders.has(lower)) throw new EgressError("egress.header", `the header ${lower} is set by the client alone`);
    headers[lower] = value;
  }
  const body = typeof request.body === "string" ? Buffer.from(request.body, "utf8") : request.body;
  return { url, method: (request.method ?? "GET").toUpperCase(), headers, ...(body ? { body } : {}) };
}

function plainHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return plain;
}

/** Undoes one content encoding; the stream stays bounded by its reader. A second layer is refused. */
function decoded(body: Readable, headers: Record<string, string>): Readable {
  const encoding = (headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const decoder = decoderFor(encoding);
  if (decoder === "none") return body;
  if (decoder === undefined) {
    body.on("error", () => undefined).destroy();
    throw new EgressError(
      "egress.encoding",
      `the response has the unsupported content encoding ${encoding.slice(0, 40)}`,
    );
  }
  body.on("error", (error) => decoder.destroy(error));
  decoder.on("close", () => body.destroy());
  return body.pipe(decoder);
}

function decoderFor(encoding: string) {
  switch (encoding) {
    case "":
    case "identity":
      return "none";
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

async function readBounded(body: Readable, maxBytes: number): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop destroys the stream and with it the connection.
    if (length > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: length > maxBytes };
}

function anySignal(given: AbortSignal | undefined, own: AbortSignal): AbortSignal {
  return given ? AbortSignal.any([given, own]) : own;
}

async function withEgressErrors<T>(request: HttpRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asEgressError(error, request);
  }
}

function asEgressError(error: unknown, request: HttpRequest): EgressError {
  if (error instanceof EgressError) return error;
  const origin = URL.parse(String(request.url))?.origin ?? "the request";
  if (request.signal?.aborted) return new EgressError("egress.aborted", `${origin}: cancelled`, { cause: error });
  const name = error instanceof Error ? error.name : "";
  if (/timeout/i.test(name)) {
    return new EgressError("egress.timeout", `${origin} did not answer within ${request.timeoutMs} ms`, {
      cause: error,
    });
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : name;
  const kind = /^(ECONN|EHOST|ENET|EPIPE|UND_ERR_SOCKET|UND_ERR_CONNECT|ERR_TLS|CERT|DEPTH|SELF|UNABLE)/.test(code);
  return new EgressError(kind ? "egress.connect_failed" : "egress.failed", `${origin}: ${code}`, { cause: error });
}
