/**
 * Which web pages may talk to the Gateway (reference 3.4). A page on the operator's own machine is an attacker like any
 * other: an Origin counts only when it is listed, or is exactly the page that this Gateway served.
 */
import { isLoopbackHost } from "./client-address.ts";

export type OriginSettings = {
  readonly allowedOrigins: readonly string[];
  readonly dangerouslyAllowHostHeaderOriginFallback: boolean;
};

export type OriginRequest = {
  readonly origin: string | undefined;
  readonly host: string | undefined;
  readonly place: "local" | "remote";
};

export type OriginAnswer =
  /** `none`: not a browser. */
  | { readonly ok: true; readonly by: "none" | "allowlist" | "same-host" | "host-fallback" }
  | { readonly ok: false; readonly reason: "origin missing or invalid" | "origin not allowed" };

export function checkOrigin(request: OriginRequest, settings: OriginSettings): OriginAnswer {
  if (request.origin === undefined) return { ok: true, by: "none" };
  const origin = parseOrigin(request.origin);
  if (!origin) return { ok: false, reason: "origin missing or invalid" };
  if (settings.allowedOrigins.some((allowed) => allowed === "*" || allowed.trim().toLowerCase() === origin.text)) {
    return { ok: true, by: "allowlist" };
  }
  if (request.host?.toLowerCase() === origin.host) {
    if (request.place === "local") return { ok: true, by: "same-host" };
    if (settings.dangerouslyAllowHostHeaderOriginFallback) return { ok: true, by: "host-fallback" };
  }
  return { ok: false, reason: "origin not allowed" };
}

/** Whether a Host header names this Gateway; another name is DNS rebinding, or a proxy that is not set up. */
export function checkHost(host: string | undefined, settings: OriginSettings): boolean {
  if (host === undefined) return false;
  if (isLoopbackHost(host)) return true;
  return settings.allowedOrigins.some((allowed) => parseOrigin(allowed)?.host === host.toLowerCase());
}

/** Only what a browser would send: scheme, host and port, nothing after it. */
function parseOrigin(text: string): { text: string; host: string } | undefined {
  const lower = text.trim().toLowerCase();
  if (!URL.canParse(lower)) return undefined;
  const url = new URL(lower);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  return url.origin === lower ? { text: lower, host: url.host } : undefined;
}
