/** From the config to what the listener takes. */
import type { Config } from "../config/schema.ts";
import type { GatewaySettings } from "../gateway/settings.ts";
import type { OperatorAuthSettings } from "../identity/operator-auth.ts";
import { StartError } from "./start-error.ts";

export type ListenerPlace = { readonly version: string; readonly uiRoot: string };

export function gatewaySettings({ gateway }: Config, { version, uiRoot }: ListenerPlace): GatewaySettings {
  const { auth, controlUi } = gateway;
  return {
    version,
    bind: gateway.bind,
    port: gateway.port,
    auth: operatorAuth(auth),
    rateLimit: auth.rateLimit,
    origins: {
      allowedOrigins: controlUi.allowedOrigins,
      dangerouslyAllowHostHeaderOriginFallback: controlUi.dangerouslyAllowHostHeaderOriginFallback,
    },
    proxies: { trustedProxies: gateway.trustedProxies, allowRealIpFallback: gateway.allowRealIpFallback },
    controlUi: {
      enabled: controlUi.enabled,
      basePath: controlUi.basePath,
      root: controlUi.root ?? uiRoot,
      allowInsecureAuth: controlUi.allowInsecureAuth,
      dangerouslyDisableDeviceAuth: controlUi.dangerouslyDisableDeviceAuth,
    },
    chatCompletions: gateway.http.endpoints.chatCompletions.enabled ? "enabled" : "disabled",
  };
}

/** How operators prove themselves. Throws StartError when the secret is missing, or the mode is not in this version. */
export function operatorAuth({ mode, token, password }: Config["gateway"]["auth"]): OperatorAuthSettings {
  const wanted = mode ?? (password && !token ? "password" : "token");
  if (wanted === "trusted-proxy") {
    throw new StartError(
      "gateway.auth_mode",
      "gateway.auth.mode is `trusted-proxy`, which needs a listener beyond loopback; this version has none. Set it to `token`.",
    );
  }
  const secret = wanted === "token" ? token : password;
  if (secret && secret.reveal() !== "") return { mode: wanted, secret };
  throw new StartError(
    "gateway.auth_missing",
    `gateway.auth.mode is \`${wanted}\`, but no ${wanted} is set. Put FASED_GATEWAY_${wanted.toUpperCase()}=<long random text> into .env of the state directory.`,
  );
}
