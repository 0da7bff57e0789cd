/** How far the Gateway can be reached and what it asks for: shared by every check that judges by it. */
import { type AuditFacts, Written } from "./facts.ts";

export type GatewayExposure = {
  /** Any bind but `loopback`. */
  readonly beyondLoopback: boolean;
  readonly tailscale: "off" | "serve" | "funnel";
  /** Others can reach it: by its bind or through Tailscale. */
  readonly remote: boolean;
  readonly mode: "token" | "password" | "trusted-proxy" | "none";
  readonly hasSharedSecret: boolean;
  /** A shared secret, or Tailscale's identity. */
  readonly hasGatewayAuth: boolean;
};

export function exposure({ loaded }: Pick<AuditFacts, "loaded">): GatewayExposure {
  const { auth, bind } = loaded.config.gateway;
  const tailscale = tailscaleMode(new Written(loaded).text("gateway.tailscale.mode"));
  const { mode, hasSharedSecret } = authentication(auth);
  const byDefault = mode !== "password" && mode !== "trusted-proxy";
  const byTailscale = tailscale === "serve" && (auth.allowTailscale ?? byDefault);
  const beyondLoopback = bind !== "loopback";
  return {
    beyondLoopback,
    tailscale,
    remote: beyondLoopback || tailscale !== "off",
    mode,
    hasSharedSecret,
    hasGatewayAuth: hasSharedSecret || byTailscale,
  };
}

type Auth = AuditFacts["loaded"]["config"]["gateway"]["auth"];

/** The mode that is written, else the one that a secret implies; a blank secret is none. */
function authentication({ mode, token, password }: Auth): Pick<GatewayExposure, "mode" | "hasSharedSecret"> {
  const hasToken = isSet(token);
  const hasPassword = isSet(password);
  const inForce = mode ?? (hasPassword ? "password" : hasToken ? "token" : "none");
  return {
    mode: inForce,
    hasSharedSecret: (inForce === "token" && hasToken) || (inForce === "password" && hasPassword),
  };
}

const isSet = (secret: Auth["token"]): boolean => secret !== undefined && secret.reveal().trim() !== "";

function tailscaleMode(text: string): GatewayExposure["tailscale"] {
  return text === "serve" || text === "funnel" ? text : "off";
}
