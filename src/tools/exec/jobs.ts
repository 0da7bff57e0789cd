/** Commands that run: the one the turn waits for, and those in the background. Each is of one session. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import type { ProcessEnd, RunningProcess } from "../../platform/processes.ts";
import type { Label } from "../../policy/label.ts";

/** Commands of one session that may run at the same time. */
const runningPerSessionMax = 8;
const finishedKeptMax = 50;

/** What a command leaves behind, once its changes are recorded. */
export type JobEnd = ProcessEnd & {
  /** Label of what it printed. */
  readonly label: Label;
  /** Sentences about files: what changed, what was held back. */
  readonly notes: readonly string[];
};

export type Job = {
  readonly id: string;
  readonly session: string;
  readonly command: string;
  readonly where: "sandbox" | "host";
  readonly startedAt: number;
  readonly process: RunningProcess;
  /** Label of what it printed so far. */
  readonly label: () => Label;
  /** Never rejects. */
  readonly finished: Promise<JobEnd>;
  /** Set once it finished. */
  end: JobEnd | undefined;
};

export type NewJob = Pick<Job, "session" | "command" | "where" | "process" | "finished" | "label">;

export interface Jobs {
  /** Whether one more may start in this session. */
  hasRoom(session: string): boolean;
  add(job: NewJob): Job;
  find(session: string, id: string): Job | undefined;
  list(session: string): readonly Job[];
  /** Kills the process groups of everything that runs in the session; resolves when all have ended. */
  stop(session: string): Promise<number>;
  /** The same for all sessions, at shutdown. */
  stopAll(): Promise<void>;
}

export function createJobs(clock: Clock): Jobs {
  const jobs = new Map<string, Job>();
  const running = (session?: string) =>
    [...jobs.values()].filter((job) => job.end === undefined && (session === undefined || job.session === session));
  const stop = async (session?: string) => {
    const stopped = running(session);
    await Promise.all(stopped.map(async (job) => [await job.process.kill(), await job.finished]));
    return stopped.length;
  };
  return {
    hasRoom: (session) => running(session).length < runningPerSessionMax,
    add: (fresh) => {
      const job: Job = {
        ...fresh,
        id: `job_${randomBytes(4).toString("hex")}`,
        startedAt: clock.now(),
        end: undefined,
      };
      jobs.set(job.id, job);
      void job.finished.then((end) => {
        job.end = end;
        dropOldest(jobs);
      });
      return job;
    },
    find: (session, id) => {
      const job = jobs.get(id);
      return job?.session === session ? job : undefined;
    },
    list: (session) => [...jobs.values()].filter((job) => job.session === session),
    stop,
    stopAll: async () => {
      await stop();
    },
  };
}

function dropOldest(jobs: Map<string, Job>): void {
  const finished = [...jobs.values()].filter((job) => job.end !== undefined);
  for (const job of finished.slice(0, Math.max(0, finished.length - finishedKeptMax))) jobs.delete(job.id);
}
