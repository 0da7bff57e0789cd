/**
 * Named places where a test may kill the process, one at each durable step of a turn. In ordinary life `reach` does
 * nothing. A kill test enumerates `killPoints`, arms one in a child process and looks at what the restart makes of it.
 */
export const killPoints = [
  "inbox.received",
  "pairing.requested",
  "card.decided",
  "command.begun",
  "change.reverted",
  "command.acted",
  "command.concluded",
  "inbox.admitted",
  "run.opened",
  "run.started",
  "model.answered",
  "calls.stored",
  "step.started",
  "step.ran",
  "step.finished",
  "result.stored",
  "run.parking",
  "run.parked",
  "run.resumed",
  "grant.spent",
  "answer.stored",
  "reminder.queued",
  "proposal.granted",
  "proposal.applied",
  "proposal.told",
  "outbox.queued",
  "outbox.attempted",
  "outbox.delivered",
  "outbox.sent",
  "inbox.done",
] as const;

export type KillPoint = (typeof killPoints)[number];

type Armed = { readonly point: KillPoint; remaining: number; readonly kill: () => void };

let armed: Armed | undefined;

/**
 * Arms one point: `step.started` kills at its first visit, `step.started:3` at its third. `kill` must not return in
 * production (SIGKILL to the own process). Throws for a name that is not a kill point.
 */
export function armKillPoint(specification: string, kill: () => void): void {
  const [name, visit = "1"] = specification.split(":");
  const point = killPoints.find((candidate) => candidate === name);
  const remaining = Number(visit);
  if (!point || !Number.isSafeInteger(remaining) || remaining < 1) {
    throw new Error(`\`${specification}\` is no kill point; known are ${killPoints.join(", ")}`);
  }
  armed = { point, remaining, kill };
}

export function disarmKillPoint(): void {
  armed = undefined;
}

/** Called right after the step that the point names became durable (or happened). */
export function reach(point: KillPoint): void {
  if (armed?.point !== point) return;
  armed.remaining -= 1;
  if (armed.remaining === 0) armed.kill();
}
