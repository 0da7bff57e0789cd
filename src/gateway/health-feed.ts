/** Health as an event: sent whenever a channel or the readiness of the Gateway changed, with a version that counts. */
import type { Clock } from "../platform/clock.ts";
import type { Events } from "./events.ts";
import type { CoreServices } from "./services.ts";

export interface HealthFeed {
  /** Increases with every change. */
  readonly version: number;
  changed(): void;
}

export type HealthFeedPorts = { readonly core: CoreServices; readonly clock: Clock; readonly events: Events };

export function createHealthFeed({ core, clock, events }: HealthFeedPorts): HealthFeed {
  let version = 0;
  return {
    get version() {
      return version;
    },
    changed() {
      version += 1;
      events.publish("health", healthFrame(core, clock.now()));
    },
  };
}

/** As in the greeting's snapshot and the `health` event. `ok` is there only when it is true. */
export function healthFrame(core: CoreServices, ts: number) {
  const view = core.host.health();
  const channels: Record<string, unknown> = {};
  for (const status of view.channels) channels[`${status.channel}:${status.account}`] = status;
  return { ...(view.ready ? { ok: true as const } : {}), ts, defaultAgentId: view.defaultAgentId, channels };
}
