import { record, stringOf, type WireError } from "./frames.ts";

/** Why the Gateway turned a connection away, in the words that decide what the page does next. */
export type RefusalKind = "credentials" | "rate-limited" | "identity" | "origin" | "protocol";

export type Refusal =
  | { readonly kind: RefusalKind; readonly code: string }
  | { readonly kind: "pairing"; readonly requestId: string }
  | { readonly kind: "retry" };

/** Anything unknown is retried: a refusal that only the Gateway's next version knows must not lock the owner out. */
export function refusalOf(error: WireError): Refusal {
  const details = record(error.details);
  const code = stringOf(details["code"]) ?? error.code;
  if (code === "PAIRING_REQUIRED" || error.code === "NOT_PAIRED") {
    return { kind: "pairing", requestId: stringOf(details["requestId"]) ?? "" };
  }
  if (code === "AUTH_RATE_LIMITED") return { kind: "rate-limited", code };
  if (code.startsWith("AUTH_")) return { kind: "credentials", code };
  if (code.includes("ORIGIN_NOT_ALLOWED")) return { kind: "origin", code };
  if (code.startsWith("DEVICE_AUTH_") || code.includes("DEVICE_IDENTITY_REQUIRED")) return { kind: "identity", code };
  return "expectedProtocol" in details ? { kind: "protocol", code } : { kind: "retry" };
}
