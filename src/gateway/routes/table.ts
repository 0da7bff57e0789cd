/** Every HTTP route, one line each. */
import type { AttemptLimiter } from "../../identity/attempt-limiter.ts";
import type { DeviceStore } from "../../identity/devices.ts";
import type { LoginLinks } from "../../identity/login-links.ts";
import type { Route } from "../route.ts";
import type { GatewaySettings } from "../settings.ts";
import { chatCompletionsRoute } from "./chat-completions.ts";
import { controlUiRoutes } from "./control-ui.ts";
import { livenessRoutes } from "./liveness.ts";
import { loginRoute } from "./login.ts";

export type RouteParts = {
  readonly settings: GatewaySettings;
  readonly links: LoginLinks;
  readonly devices: DeviceStore;
  readonly attempts: AttemptLimiter;
};

export function routeTable({ settings, ...parts }: RouteParts): readonly Route[] {
  return [
    ...livenessRoutes,
    loginRoute({ ...parts, basePath: settings.controlUi.basePath }),
    ...(settings.chatCompletions === "enabled" ? [chatCompletionsRoute] : []),
    ...controlUiRoutes(settings.controlUi),
  ];
}
