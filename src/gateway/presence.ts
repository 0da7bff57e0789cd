/** Who is connected, for people. Short-lived command-line clients are not tracked. */
import type { Clock } from "../platform/clock.ts";

export type PresenceEntry = {
  readonly ts: number;
  readonly reason: "connect";
  readonly host?: string;
  readonly version: string;
  readonly platform: string;
  readonly deviceFamily?: string;
  readonly modelIdentifier?: string;
  readonly mode: string;
  readonly deviceId?: string;
  readonly instanceId?: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
};

export interface Presence {
  /** Increases with every change. */
  readonly version: number;
  list(): readonly PresenceEntry[];
  add(connectionId: string, entry: Omit<PresenceEntry, "ts" | "reason">): void;
  remove(connectionId: string): void;
}

export function createPresence(clock: Clock, onChange: (entries: readonly PresenceEntry[]) => void): Presence {
  const entries = new Map<string, PresenceEntry>();
  let version = 0;
  const changed = () => {
    version += 1;
    onChange([...entries.values()]);
  };
  return {
    get version() {
      return version;
    },
    list: () => [...entries.values()],
    add(connectionId, entry) {
      entries.set(connectionId, { ...entry, ts: clock.now(), reason: "connect" });
      changed();
    },
    remove(connectionId) {
      if (entries.delete(connectionId)) changed();
    },
  };
}
