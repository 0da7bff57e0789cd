/** What the control plane itself knows and methods may use. */
import type { DeviceStore } from "../identity/devices.ts";
import type { Clock } from "../platform/clock.ts";
import type { Events } from "./events.ts";
import type { HealthFeed } from "./health-feed.ts";
import type { IdempotentRuns } from "./idempotent-runs.ts";
import type { Presence } from "./presence.ts";

export type ControlPlane = {
  readonly clock: Clock;
  readonly startedAt: number;
  readonly events: Events;
  readonly devices: DeviceStore;
  readonly presence: Presence;
  readonly health: HealthFeed;
  readonly runs: IdempotentRuns;
};
