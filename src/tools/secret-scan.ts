/** Whether a text holds what looks like a credential. A second net beside `Secret`: it errs on the side of "yes". Pure. */

const prefixes =
  /\b(?:sk-[A-Za-z0-9_-]{16,}|ghp_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|gsk_[A-Za-z0-9]{10,}|AIza[A-Za-z0-9_-]{20,}|pplx-[A-Za-z0-9]{10,}|npm_[A-Za-z0-9]{10,}|AKIA[A-Z0-9]{16})/;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const bearer = /\b(?:Authorization:\s*)?Bearer\s+[A-Za-z0-9._~+/-]{18,}/i;
const botToken = /\b(?:bot)?\d{6,}:[A-Za-z0-9_-]{30,}/;
const assignment =
  /(?:[A-Z0-9_]*(?:API_KEY|TOKEN|SECRET|PASSWORD|PASSWD|PRIVATE_KEY)|"(?:apiKey|token|secret|password|passwd|accessToken|refreshToken)")\s*[=:]\s*["']?(?!\$|<|\*|your|xxx|example|changeme)[^\s"',;]{8,}/;

const patterns: readonly RegExp[] = [prefixes, privateKey, bearer, botToken, assignment];
const decodingsMax = 3;

/** `known`: secrets of this Gateway, in clear, that must not be found either. */
export function holdsSecret(text: string, known: readonly string[] = []): boolean {
  if (patterns.some((pattern) => pattern.test(text))) return true;
  return known.some((secret) => secret.length >= 8 && text.includes(secret));
}

/** As `holdsSecret`, on every percent-decoding of a URL, and on what base64 in it stands for. */
export function urlHoldsSecret(url: string, known: readonly string[] = []): boolean {
  let text = url;
  for (let round = 0; round <= decodingsMax; round += 1) {
    if (holdsSecret(text, known) || base64Parts(text).some((part) => holdsSecret(part, known))) return true;
    const decoded = percentDecoded(text);
    if (decoded === text) return false;
    text = decoded;
  }
  return false;
}

function percentDecoded(text: string): string {
  return text.replace(/%[0-9A-Fa-f]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

/** Wherever it begins: a path or a prefix may stand before it. */
function base64Parts(text: string): string[] {
  const runs = [...(text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []), ...(text.match(/[A-Za-z0-9+_-]{16,}/g) ?? [])];
  return runs.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), "base64").toString("latin1")));
}
