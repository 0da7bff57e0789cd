/** What the control plane itself knows and methods may use. */
import type { Clock } from "../platform/clock.ts";
import type { Events } from "./events.ts";

export type ControlPlane = {
  readonly events: Events;
  readonly clock: Clock;
  readonly startedAt: number;
};
