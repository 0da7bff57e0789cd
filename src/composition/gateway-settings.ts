/** From the config to what the listener takes. */
import { loginOf } from "../config/login.ts";
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

/** How operators prove themselves. Throws StartError when the secret is missing. */
export function operatorAuth(auth: Config["gateway"]["auth"]): OperatorAuthSettings {
  const login = loginOf(auth);
  if ("secret" in login) return login;
  throw new StartError(login.code, `${login.message}: ${login.fix}`);
}
