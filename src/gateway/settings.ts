/** What the listener takes from the config; the composition root fills it. */
import type { AttemptLimits } from "../identity/attempt-limiter.ts";
import type { ProxySettings } from "../identity/client-address.ts";
import type { OperatorAuthSettings } from "../identity/operator-auth.ts";
import type { OriginSettings } from "../identity/origin-check.ts";

export type GatewaySettings = {
  readonly version: string;
  readonly bind: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly auth: OperatorAuthSettings;
  readonly rateLimit: AttemptLimits & { readonly exemptLoopback: boolean };
  readonly origins: OriginSettings;
  readonly proxies: ProxySettings;
  readonly controlUi: ControlUiSettings;
  readonly chatCompletions: "enabled" | "disabled";
};

export type ControlUiSettings = {
  readonly enabled: boolean;
  /** `/`, or a path with a leading and without a trailing slash. */
  readonly basePath: string;
  /** Folder with the built page. */
  readonly root: string;
  readonly allowInsecureAuth: boolean;
  readonly dangerouslyDisableDeviceAuth: boolean;
};

export class BindRefusedError extends Error {
  readonly code = "gateway.bind_refused";

  constructor(bind: string) {
    super(
      `gateway.bind is \`${bind}\`, but this version listens on loopback only; set gateway.bind to \`loopback\` and reach it from other machines through an SSH tunnel: ssh -N -L 18789:127.0.0.1:18789 user@this-host`,
    );
    this.name = "BindRefusedError";
  }
}

/** Throws BindRefusedError for every bind but loopback. */
export function assertLoopbackBind(settings: Pick<GatewaySettings, "bind">): void {
  if (settings.bind !== "loopback") throw new BindRefusedError(settings.bind);
}
