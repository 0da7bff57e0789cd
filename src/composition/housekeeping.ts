/** What has to happen now and then: approvals expire, ended rows are forgotten, a failed sandbox is tried again. */
import type { Clock, Timer } from "../platform/clock.ts";
import type { Log } from "../platform/log.ts";
import type { Approvals } from "../tools/approvals.ts";
import type { Sandbox } from "../tools/exec/sandbox.ts";
import type { Approving } from "./services/approvals.ts";

/** Ended messages, deliveries and steps are kept this long: a late copy of a message stays a duplicate. */
export const endedRowsKeptMs = 7 * 24 * 60 * 60 * 1_000;
const everyMs = 60_000;

export type HousekeepingPorts = {
  readonly clock: Clock;
  readonly stores: readonly { prune(before: number): Promise<number> }[];
  readonly approvals: Approvals;
  readonly approving: Approving;
  /** Without a proof `exec` is not offered, so that no call of it would ever try the sandbox again. */
  readonly sandbox: Pick<Sandbox, "current">;
  readonly log: Log;
};

export function createHousekeeping(ports: HousekeepingPorts): { start(): void; stop(): void } {
  let timer: Timer | undefined;
  const again = (): void => {
    timer = ports.clock.after(everyMs, () => {
      tidy(ports)
        .catch((error: unknown) => ports.log.error("housekeeping failed", { error: String(error) }))
        .finally(again);
    });
  };
  return { start: again, stop: () => timer?.cancel() };
}

async function tidy({ clock, stores, approvals, approving, sandbox }: HousekeepingPorts): Promise<void> {
  await sandbox.current();
  for (const { id } of await approvals.expire()) approving.settled(id);
  for (const store of stores) await store.prune(clock.now() - endedRowsKeptMs);
}
