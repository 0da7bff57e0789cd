/** All WebSocket connections: how many there may be, who hears an event, who has to go. */
import type { Connection } from "./connection.ts";
import { droppableEvents, type EventName, type Events } from "./events.ts";
import { eventFrame } from "./frames.ts";
import { gatewayLimits } from "./limits.ts";

export interface Connections {
  hasRoom(): boolean;
  /** Holds a place for a connection that is not authenticated yet; call the result when it is, or when it is gone. */
  reserve(): () => void;
  add(connection: Connection): void;
  remove(connection: Connection): void;
  closeWhere(matches: (connection: Connection) => boolean, reason: string, code?: 1008 | 1012): void;
  /** No more events. */
  stop(): void;
}

export function createConnections(events: Events): Connections {
  const open = new Set<Connection>();
  let unauthenticated = 0;
  const stop = events.subscribe((name: EventName, payload: unknown) => {
    const frame = eventFrame(name, payload);
    for (const connection of open) {
      if (connection.mayReceive(name)) connection.sendEvent(frame, droppableEvents.has(name) ? "drop" : "close");
    }
  });
  return {
    hasRoom: () =>
      unauthenticated < gatewayLimits.unauthenticatedMax && unauthenticated + open.size < gatewayLimits.connectionsMax,
    reserve() {
      unauthenticated += 1;
      let held = true;
      return () => {
        if (held) unauthenticated -= 1;
        held = false;
      };
    },
    add: (connection) => {
      open.add(connection);
    },
    remove: (connection) => {
      open.delete(connection);
    },
    closeWhere(matches, reason, code = 1008) {
      for (const connection of [...open]) {
        if (!matches(connection)) continue;
        // From now on it neither calls nor hears anything, whatever the peer does with the close.
        open.delete(connection);
        connection.operator = undefined;
        connection.role = "none";
        connection.close(code, reason);
      }
    },
    stop,
  };
}
