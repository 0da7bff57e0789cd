/** An error as the page shows it. */
import { record, stringOf } from "./frames.ts";
import { RequestError } from "./request-error.ts";

export type Problem = { readonly what: string; readonly why: string; readonly fix: string; readonly code: string };

/** The problem of a failed action. `what` says which action; the Gateway's own words say why and what to do. */
export function problemOf(error: unknown, what: string): Problem {
  if (!(error instanceof RequestError)) {
    return { what, why: error instanceof Error ? error.message : String(error), fix: "", code: "page.unexpected" };
  }
  const details = record(error.wire.details);
  const code = stringOf(details["code"]) ?? error.wire.code;
  return { what, why: sentence(error.wire.message), fix: fixOf(code, details, error.wire.retryAfterMs), code };
}

function fixOf(code: string, details: Record<string, unknown>, retryAfterMs: number | undefined): string {
  const given = stringOf(details["fix"]);
  if (given !== undefined) return sentence(given);
  if (retryAfterMs !== undefined) return `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
  if (code.startsWith("link.")) return "The page reconnects by itself; then try again.";
  return "";
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const ended = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  // A key or a method at the beginning keeps its spelling.
  return /^[a-z]+ /.test(ended) ? ended.charAt(0).toUpperCase() + ended.slice(1) : ended;
}
