/** What a model call can end in, told so that a person knows what to do. Codes are stable. */

export type ModelErrorCode =
  | "model.unauthorized"
  | "model.no_key"
  | "model.unknown_provider"
  | "model.not_found"
  | "model.rate_limited"
  | "model.quota_exhausted"
  | "model.overloaded"
  | "model.unreachable"
  | "model.address_refused"
  | "model.timed_out"
  | "model.stream_cut"
  | "model.bad_response"
  | "model.context_overflow"
  | "model.request_refused"
  | "model.content_filtered"
  | "model.empty_answer";

export type ModelFailure = {
  readonly code: ModelErrorCode;
  /** What happened. */
  readonly what: string;
  /** Why, as far as the provider said. */
  readonly why: string;
  /** What to do. */
  readonly fix: string;
  /** How long the provider asks to wait. */
  readonly retryAfterMs?: number;
};

/** The same call may succeed if it is repeated. */
const repeatable: readonly ModelErrorCode[] = [
  "model.rate_limited",
  "model.overloaded",
  "model.unreachable",
  "model.timed_out",
  "model.stream_cut",
  "model.bad_response",
  "model.empty_answer",
];

/** Another model may succeed where this one failed. */
const replaceable: readonly ModelErrorCode[] = [
  ...repeatable,
  "model.unauthorized",
  "model.no_key",
  "model.not_found",
  "model.quota_exhausted",
];

export class ModelError extends Error {
  readonly failure: ModelFailure;

  constructor(failure: ModelFailure) {
    super([failure.what, failure.why, failure.fix].filter((sentence) => sentence !== "").join(" "));
    this.failure = failure;
  }

  get code(): ModelErrorCode {
    return this.failure.code;
  }

  get repeatable(): boolean {
    return repeatable.includes(this.code);
  }

  get replaceable(): boolean {
    return replaceable.includes(this.code);
  }
}

const providerWordsMax = 300;
/** Some providers quote the key that they refuse. */
const keyShape = /\b(?:sk|pk|key|gsk|xai)-[\w*.-]{6,}/gi;
const msPerSecond = 1_000;

/** The failure behind whatever a provider package, fetch or a stream threw. */
export function classifyModelError(error: unknown, provider: string): ModelError {
  if (error instanceof ModelError) return error;
  const facts = factsOf(error);
  const failure = facts.status === undefined ? withoutStatus(facts, provider) : withStatus(facts, provider);
  return new ModelError(failure);
}

type ErrorFacts = {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly said: string;
  /** Codes of the error and its causes. */
  readonly codes: readonly string[];
};

/** By shape, not by class: the packages that throw are loaded lazily, and one error may come from any of them. */
function factsOf(error: unknown): ErrorFacts {
  const chain: Record<string, unknown>[] = [];
  let current: unknown = error;
  while (typeof current === "object" && current !== null && chain.length < 5) {
    chain.push(current as Record<string, unknown>);
    current = (current as Record<string, unknown>)["cause"];
  }
  // A status below 400 belongs to a response that broke later.
  const called = chain.find((link) => typeof link["statusCode"] === "number" && link["statusCode"] >= 400);
  const words = chain.map((link) => link["message"]).find((message) => typeof message === "string" && message !== "");
  return {
    status: called?.["statusCode"] as number | undefined,
    headers: (called?.["responseHeaders"] as Record<string, string> | undefined) ?? {},
    said: visibleWords(typeof words === "string" ? words : String(error)),
    codes: chain.map((link) => link["code"]).filter((code) => typeof code === "string"),
  };
}

function visibleWords(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
  const plain = text.replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  const masked = plain.replace(keyShape, "[key]");
  return cut(masked);
}

function cut(plain: string): string {
  return plain.length > providerWordsMax ? `${plain.slice(0, providerWordsMax)}…` : plain;
}

function withStatus(facts: ErrorFacts, provider: string): ModelFailure {
  const why = `It said: ${facts.said}.`;
  const status = facts.status ?? 0;
  if (status === 401 || status === 403) {
    return {
      code: "model.unauthorized",
      what: `${provider} refused the API key (HTTP ${status}).`,
      why,
      fix: `Enter a working key on the Models page, or run \`fased models auth add ${provider}\`.`,
    };
  }
  if (status === 402 || /insufficient_quota|billing|credit balance/i.test(facts.said)) {
    return {
      code: "model.quota_exhausted",
      what: `The account at ${provider} has no credit left (HTTP ${status}).`,
      why,
      fix: "Top up the account, or choose another model.",
    };
  }
  if (status === 429) return rateLimited(facts, provider);
  if (status === 404) {
    return {
      code: "model.not_found",
      what: `${provider} does not know this model (HTTP 404).`,
      why,
      fix: "Check `agents.defaults.model` against the provider's list of models.",
    };
  }
  if (status === 408) return timedOut(provider, why);
  if (status >= 500) {
    return {
      code: "model.overloaded",
      what: `${provider} has a problem of its own (HTTP ${status}).`,
      why,
      fix: "Try again in a few minutes; the message is kept.",
      ...waitOf(facts.headers),
    };
  }
  if (/context.{0,20}(length|window)|too many tokens|prompt is too long|maximum context/i.test(facts.said)) {
    return {
      code: "model.context_overflow",
      what: "The conversation is longer than the model can read.",
      why,
      fix: "Start a new session, or choose a model with a larger window.",
    };
  }
  return {
    code: "model.request_refused",
    what: `${provider} refused the request (HTTP ${status}).`,
    why,
    fix: "Check the model's settings; if they are right, this is a defect worth reporting.",
  };
}

function rateLimited(facts: ErrorFacts, provider: string): ModelFailure {
  const wait = waitOf(facts.headers);
  const seconds = wait.retryAfterMs === undefined ? undefined : Math.ceil(wait.retryAfterMs / msPerSecond);
  return {
    code: "model.rate_limited",
    what: `${provider} asks to slow down (HTTP 429).`,
    why: `It said: ${facts.said}.`,
    fix: seconds === undefined ? "Try again in a minute." : `Try again in ${seconds} s.`,
    ...wait,
  };
}

/** RFC 9110 section 10.2.3: seconds or a date; `retry-after-ms` is what some providers add. */
function waitOf(headers: Readonly<Record<string, string>>): { retryAfterMs?: number } {
  const exact = Number(headers["retry-after-ms"]);
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(exact)) return { retryAfterMs: Math.max(exact, 0) };
  const stated = headers["retry-after"];
  if (stated === undefined) return {};
  const seconds = Number(stated);
  if (Number.isFinite(seconds)) return { retryAfterMs: Math.max(seconds, 0) * msPerSecond };
  const until = Date.parse(stated) - Date.parse(headers["date"] ?? "");
  return Number.isFinite(until) ? { retryAfterMs: Math.max(until, 0) } : {};
}

export function timedOut(provider: string, why = ""): ModelFailure {
  return {
    code: "model.timed_out",
    what: `${provider} did not answer in time.`,
    why,
    fix: "Try again; if it stays slow, choose another model.",
  };
}

const refusedCodes =
  /^egress\.(invalid_url|scheme|userinfo|port|header|private_address|too_many_redirects|redirect_body)$/;
const connectionCodes =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|egress\.(unknown_host|connect_failed))$/;
const cutWords = /\b(terminated|finish reason|aborted|socket|process successful response)\b/i;
const cutCodes = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/;

function withoutStatus(facts: ErrorFacts, provider: string): ModelFailure {
  const why = `The cause: ${facts.said}.`;
  if (facts.codes.some((code) => refusedCodes.test(code))) {
    return {
      code: "model.address_refused",
      what: `The address of ${provider} is not one the Gateway may call.`,
      why,
      fix: "Set `models.providers.<id>.baseUrl` to the exact origin, or accept the local server on the Models page.",
    };
  }
  if (facts.codes.includes("egress.timeout")) return timedOut(provider, why);
  if (facts.codes.some((code) => connectionCodes.test(code))) {
    return {
      code: "model.unreachable",
      what: `${provider} cannot be reached.`,
      why,
      fix: "Check the network and the address; a local model server may not be running.",
    };
  }
  if (facts.codes.some((code) => cutCodes.test(code)) || cutWords.test(facts.said)) {
    return streamCut(provider, why);
  }
  return {
    code: "model.bad_response",
    what: `${provider} sent an answer that cannot be read.`,
    why,
    fix: "Try again; if it happens each time, check that the address speaks the configured protocol.",
  };
}

export function streamCut(provider: string, why = ""): ModelFailure {
  return {
    code: "model.stream_cut",
    what: `The connection to ${provider} broke in the middle of the answer.`,
    why,
    fix: "Ask again; nothing that was started is repeated.",
  };
}
