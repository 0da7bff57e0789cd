/** Requests and responses of the HTTP client, in words of its own. */
import type { Readable } from "node:stream";

export type HttpRequest = {
  readonly url: string | URL;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole exchange; of a stream: until its head, and then for each silence. */
  readonly timeoutMs: number;
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
  /** Asked before each redirect; `stop` returns the redirect itself as the response. */
  onRedirect?(from: URL, to: URL): "follow" | "stop";
};

export type HttpHead = {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the response came from, after redirects. */
  readonly url: string;
};

export type HttpResponse = HttpHead & {
  readonly body: Buffer;
  /** The body is longer than `maxBytes`. */
  readonly truncated: boolean;
};

export type HttpStream = HttpHead & { readonly body: Readable };

/** Set by the client or by nobody. */
export const ownHeaders: ReadonlySet<string> = new Set(
  "host connection keep-alive proxy-authorization proxy-connection te trailer transfer-encoding upgrade content-length".split(
    " ",
  ),
);
