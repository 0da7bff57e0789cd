import type { WireError } from "./frames.ts";

/** A request that did not succeed: the Gateway's own error, or one of the page's about the connection. */
export class RequestError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.message);
    this.wire = wire;
  }

  static offline(method: string): RequestError {
    return new RequestError({ code: "link.offline", message: `\`${method}\` was not sent: there is no connection` });
  }

  static cut(reason: string): RequestError {
    return new RequestError({ code: "link.cut", message: reason === "" ? "the connection broke" : reason });
  }

  static timedOut(method: string, timeoutMs: number): RequestError {
    return new RequestError({
      code: "link.timeout",
      message: `no answer to \`${method}\` within ${timeoutMs / 1000} s`,
    });
  }
}
