/** What the control plane itself knows and methods may use: devices, presence, start time. */
import type { DeviceStore } from "../identity/devices.ts";
import type { Clock } from "../platform/clock.ts";
import type { Events } from "./events.ts";
import type { IdempotentRuns } from "./idempotent-runs.ts";
import type { Presence } from "./presence.ts";

export type ControlPlane = {
  readonly devices: DeviceStore;
  readonly presence: Presence;
  readonly events: Events;
  readonly runs: IdempotentRuns;
  readonly clock: Clock;
  readonly startedAt: number;
};
