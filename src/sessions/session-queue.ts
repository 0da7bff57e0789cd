/**
 * One queue per session: its turns run one after the other, at most `concurrentMax` over all sessions. A turn that
 * parks simply ends its work here; going on later is new work.
 */
import type { Clock } from "../platform/clock.ts";

const concurrentTurnsDefault = 4;
/** Turns that may wait in one session; one more is refused with `queue.full`. */
export const waitingPerSessionMax = 20;

/** Why a turn's signal aborts: a person stopped it, or the Gateway is going down and the run is taken up at start. */
export type AbortCause = "stopped" | "shutdown";

export class QueueError extends Error {
  readonly code: "queue.full" | "queue.closed";

  constructor(code: "queue.full" | "queue.closed", message: string) {
    super(message);
    this.code = code;
  }
}

export type Work<T> = {
  readonly session: string;
  readonly run: string;
  readonly work: (signal: AbortSignal) => Promise<T>;
};

export type WhichRuns = { readonly session: string } | { readonly run: string };

export interface SessionQueue {
  /** Resolves or rejects with what the work does. Rejects with QueueError when there is no room, or it is draining. */
  enqueue<T>(work: Work<T>): Promise<T>;
  /** Aborts running and waiting work of a session or run (waiting work still runs, with an aborted signal); returns the runs. */
  abort(which: WhichRuns): readonly string[];
  /** Runs at work or waiting, for status. */
  size(session?: string): { readonly running: number; readonly waiting: number };
  /** Takes nothing new, waits for what runs; after `graceMs` aborts it with `shutdown`. Waiting work is not begun. */
  drain(options: { readonly graceMs: number; readonly clock: Clock }): Promise<void>;
}

type Job = {
  readonly session: string;
  readonly run: string;
  readonly controller: AbortController;
  readonly begin: () => Promise<void>;
  readonly refuse: (error: QueueError) => void;
};

export function createSessionQueue(options: { readonly concurrentMax?: number } = {}): SessionQueue {
  return new FairQueue(options.concurrentMax ?? concurrentTurnsDefault);
}

class FairQueue implements SessionQueue {
  readonly #concurrentMax: number;
  readonly #running = new Map<string, Job>();
  /** Sessions with waiting work, in the order in which they began to wait. */
  readonly #waiting = new Map<string, Job[]>();
  #closed = false;
  #whenIdle: (() => void) | undefined;

  constructor(concurrentMax: number) {
    this.#concurrentMax = concurrentMax;
  }

  enqueue<T>({ session, run, work }: Work<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new QueueError("queue.closed", "the Gateway is shutting down; the message is kept"));
    }
    const waiting = this.#waiting.get(session) ?? [];
    if (waiting.length >= waitingPerSessionMax) {
      return Promise.reject(
        new QueueError("queue.full", `${waiting.length} messages wait in this conversation; wait for an answer first`),
      );
    }
    return new Promise<T>((resolve, reject) => {
      const controller = new AbortController();
      const begin = async () => {
        try {
          resolve(await work(controller.signal));
        } catch (error) {
          reject(error);
        }
      };
      waiting.push({ session, run, controller, begin, refuse: reject });
      this.#waiting.set(session, waiting);
      this.#fill();
    });
  }

  abort(which: WhichRuns): readonly string[] {
    const matches = (job: Job) => ("session" in which ? job.session === which.session : job.run === which.run);
    const jobs = [...this.#running.values(), ...[...this.#waiting.values()].flat()].filter(matches);
    for (const job of jobs) job.controller.abort("stopped" satisfies AbortCause);
    return jobs.map(({ run }) => run);
  }

  size(session?: string): { running: number; waiting: number } {
    if (session !== undefined) {
      return { running: this.#running.has(session) ? 1 : 0, waiting: this.#waiting.get(session)?.length ?? 0 };
    }
    let waiting = 0;
    for (const jobs of this.#waiting.values()) waiting += jobs.length;
    return { running: this.#running.size, waiting };
  }

  async drain({ graceMs, clock }: { graceMs: number; clock: Clock }): Promise<void> {
    this.#closed = true;
    const refused = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const job of refused)
      job.refuse(new QueueError("queue.closed", "the Gateway is shutting down; the message is kept"));
    if (this.#running.size === 0) return;
    const timer = clock.after(graceMs, () => {
      for (const job of this.#running.values()) job.controller.abort("shutdown" satisfies AbortCause);
    });
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    timer.cancel();
  }

  #fill(): void {
    for (const [session, jobs] of this.#waiting) {
      if (this.#running.size >= this.#concurrentMax) return;
      if (this.#running.has(session)) continue;
      const job = jobs.shift();
      this.#waiting.delete(session);
      // Back to the end of the line: a busy session does not starve the others.
      if (jobs.length > 0) this.#waiting.set(session, jobs);
      if (job) this.#start(job);
    }
  }

  #start(job: Job): void {
    this.#running.set(job.session, job);
    void job.begin().finally(() => {
      this.#running.delete(job.session);
      this.#fill();
      if (this.#running.size === 0) this.#whenIdle?.();
    });
  }
}
