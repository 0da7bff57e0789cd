/** For supervisors: whether the process answers, and whether it is ready. Nothing else is told without log-in. */
import type { Route } from "../route.ts";

const live: Route["handle"] = () => Response.json({ ok: true, status: "live" });

const ready: Extract<Route, { auth: "none" }>["handle"] = ({ core }) => {
  const isReady = core.host.health().ready;
  return Response.json({ ready: isReady }, { status: isReady ? 200 : 503 });
};

export const livenessRoutes: readonly Route[] = [
  { verb: "GET", path: "/healthz", auth: "none", handle: live },
  { verb: "GET", path: "/health", auth: "none", handle: live },
  { verb: "GET", path: "/readyz", auth: "none", handle: ready },
  { verb: "GET", path: "/ready", auth: "none", handle: ready },
];
