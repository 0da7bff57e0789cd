/**
 * Masking of secrets in text that people or models read. The net under `Secret`: known values first, then the documented
 * patterns. Patterns of the config add to the built-in ones, they never replace them.
 */

import { patternRisk } from "./pattern-risk.ts";
import type { Secret } from "./secret.ts";

export type RedactSettings = {
  /** `off` switches the patterns off; known secret values are masked always. */
  readonly mode: "off" | "tools";
  /** `logging.redactPatterns`: a regular expression, or `/body/flags`. */
  readonly patterns?: readonly string[];
};

export type RedactOptions = RedactSettings & {
  /** Read for each text, so that changed secrets count at once. */
  readonly secrets?: () => Iterable<Secret>;
};

export type Redactor = (text: string) => string;

type CompiledRedactor = Redactor & {
  /** Patterns that are not in force, each with the reason. */
  readonly rejected: readonly { readonly pattern: string; readonly reason: string }[];
};

/** Shorter values would mask ordinary words. */
const secretLengthMin = 8;
const maskedWholeBelow = 18;

const pem = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z0-9 ]*PRIVATE KEY-----/g;

/** In the order of the reference, section 8. The token is the last group, or the whole match. */
const builtIn: readonly RegExp[] = [
  /\b[A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)\b\s*[=:]\s*(["']?)([^\s"'\\]+)\1/g,
  /"(?:apiKey|token|secret|password|passwd|accessToken|refreshToken)"\s*:\s*"([^"]+)"/gi,
  /--(?:api-?key|token|secret|password|passwd)(?:=|\s+)(["']?)([^\s"']+)\1/gi,
  /\bAuthorization\s*[:=]\s*Bearer\s+([A-Za-z0-9._\-+=/]+)/gi,
  /\bBearer\s+([A-Za-z0-9._\-+=/]{18,})/gi,
  pem,
  /\b(sk-[A-Za-z0-9_-]{8,})/g,
  /\b(ghp_[A-Za-z0-9]{20,})/g,
  /\b(github_pat_[A-Za-z0-9_]{20,})/g,
  /\b(xox[baprs]-[A-Za-z0-9-]{10,})/g,
  /\b(xapp-[A-Za-z0-9-]{10,})/g,
  /\b(gsk_[A-Za-z0-9_-]{10,})/g,
  /\b(AIza[0-9A-Za-z_-]{20,})/g,
  /\b(pplx-[A-Za-z0-9_-]{10,})/g,
  /\b(npm_[A-Za-z0-9]{10,})/g,
  /\bbot(\d{6,}:[A-Za-z0-9_-]{20,})/g,
  /\b(\d{6,}:[A-Za-z0-9_-]{20,})/g,
];

/** Compiles the patterns once; calling the result masks one text. */
export function createRedactor(options: RedactOptions): CompiledRedactor {
  const custom = (options.patterns ?? []).map((pattern) => ({ pattern, ...compilePattern(pattern) }));
  const accepted = custom.flatMap(({ expression }) => (expression ? [expression] : []));
  const patterns = options.mode === "off" ? [] : [...builtIn, ...accepted];
  const rejected = custom.flatMap(({ pattern, reason }) => (reason === undefined ? [] : [{ pattern, reason }]));
  const redact = (text: string): string => {
    let masked = maskValues(text, options.secrets?.() ?? []);
    for (const pattern of patterns) masked = masked.replace(pattern, maskMatch);
    return masked;
  };
  return Object.assign(redact, { rejected });
}

/** Masks as the settings say at the moment; they are compiled anew only when they are other ones. */
export function createFollowingRedactor(settings: () => RedactSettings, secrets: () => Iterable<Secret>): Redactor {
  let known = "";
  let redact: Redactor = (text) => text;
  return (text) => {
    const now = settings();
    const signature = JSON.stringify([now.mode, now.patterns]);
    if (signature !== known) redact = createRedactor({ ...now, secrets });
    known = signature;
    return redact(text);
  };
}

function compilePattern(text: string): { expression?: RegExp; reason?: string } {
  const slashed = /^\/(.+)\/([a-z]*)$/s.exec(text);
  const source = slashed?.[1] ?? text;
  const flags = slashed ? `${(slashed[2] ?? "").replace(/[gy]/g, "")}g` : "gi";
  const risk = patternRisk(source);
  if (risk !== undefined) return { reason: risk };
  try {
    const expression = new RegExp(source, flags);
    return expression.test("") ? { reason: "matches the empty text" } : { expression };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : "is no regular expression" };
  }
}

function maskValues(text: string, secrets: Iterable<Secret>): string {
  let masked = text;
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value.length >= secretLengthMin && masked.includes(value)) masked = masked.replaceAll(value, maskToken(value));
  }
  return masked;
}

function maskMatch(match: string, ...rest: unknown[]): string {
  if (match.startsWith("-----BEGIN ")) return maskPem(match);
  // After the groups come the offset, a number, and the text.
  const groups = rest.slice(
    0,
    rest.findIndex((value) => typeof value === "number"),
  );
  const token = groups.findLast((group): group is string => typeof group === "string" && group !== "") ?? match;
  const start = match.lastIndexOf(token);
  return match.slice(0, start) + maskToken(token) + match.slice(start + token.length);
}

function maskToken(token: string): string {
  if (/^.{6}….{4}$/.test(token)) return token;
  return token.length < maskedWholeBelow ? "***" : `${token.slice(0, 6)}…${token.slice(-4)}`;
}

function maskPem(block: string): string {
  const lines = block.split(/\r?\n/);
  return `${block.slice(0, block.indexOf("-----", 5) + 5)}\n…redacted…\n${lines.at(-1)?.match(/-----END .*$/)?.[0] ?? ""}`;
}
