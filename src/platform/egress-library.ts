/** Between the WHATWG fetch that libraries call and the checked client. */
import { Readable } from "node:stream";
import { EgressError } from "./egress-address.ts";
import { type HttpHead, type HttpRequest, ownHeaders } from "./http-message.ts";

/** What libraries get: model answers, bot updates, files. */
const libraryTimeoutMs = 600_000;
const libraryBodyBytesMax = 64 * 1024 * 1024;

type Input = Parameters<typeof fetch>[0];

/** The arguments of `fetch` as a request of the client. Headers that belong to the connection are dropped, as browsers do. */
export async function libraryRequest(input: Input, init: RequestInit | undefined): Promise<HttpRequest> {
  const { url, method, headers, body, signal } = isPlain(input, init)
    ? plainParts(input, init)
    : await parts(input, init);
  const stops = (init?.redirect ?? "follow") !== "follow";
  return {
    url,
    method,
    headers: Object.fromEntries([...headers.entries()].filter(([name]) => !ownHeaders.has(name))),
    timeoutMs: libraryTimeoutMs,
    ...(body && body.length > 0 ? { body } : {}),
    ...(signal ? { signal } : {}),
    ...(stops ? { onRedirect: () => "stop" as const } : {}),
  };
}

type Parts = {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
};

/** The common case, spared the cost of a Request. */
function plainParts(input: Input, init: RequestInit | undefined): Parts {
  const body = (init?.body ?? undefined) as string | Uint8Array | undefined;
  const headers = new Headers(init?.headers);
  return { url: String(input), method: init?.method ?? "GET", headers, body, signal: init?.signal ?? undefined };
}

/** Streams, forms and blobs, as the platform's own Request understands them. */
async function parts(input: Input, init: RequestInit | undefined): Promise<Parts> {
  const request = new Request(input, init);
  const body = new Uint8Array(await request.arrayBuffer());
  return { url: request.url, method: request.method, headers: request.headers, body, signal: request.signal };
}

function isPlain(input: Input, init: RequestInit | undefined): boolean {
  return (typeof input === "string" || input instanceof URL) && isPlainBody(init?.body);
}

function isPlainBody(body: unknown): boolean {
  return body === undefined || body === null || typeof body === "string" || body instanceof Uint8Array;
}

const bodilessStatuses = new Set([101, 103, 204, 205, 304]);

/** A decoded, bounded Response; its body fails with EgressError beyond the limit. */
export function libraryResponse(head: HttpHead, body: Readable): Response {
  const headers = new Headers(head.headers as Record<string, string>);
  headers.delete("content-encoding");
  headers.delete("content-length");
  if (bodilessStatuses.has(head.status)) {
    body.resume();
    return new Response(null, { status: head.status, headers });
  }
  const bounded = Readable.from(boundedChunks(body), { objectMode: false });
  return new Response(Readable.toWeb(bounded) as ReadableStream<Uint8Array>, { status: head.status, headers });
}

async function* boundedChunks(body: Readable): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > libraryBodyBytesMax) throw new EgressError("egress.too_large", "the response is too large");
    yield chunk;
  }
}
