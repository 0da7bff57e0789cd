/**
 * The step journal: a tool call is `started` durably before it runs and `finished` with its result. After a crash a
 * step that was started and not finished has an unknown outcome: it is told, never repeated. The tool runner writes
 * it; the turn loop reads it when it takes a run up again.
 */
import type { Database } from "../platform/database.ts";
import type { Label } from "../policy/label.ts";
import { decodeLabel, encodeLabel } from "./stored-label.ts";

export const runStepsMigrations: readonly string[] = [
  `CREATE TABLE run_steps (
     run TEXT NOT NULL,
     call_id TEXT NOT NULL,
     tool TEXT NOT NULL,
     state TEXT NOT NULL,
     approval_id TEXT,
     words TEXT,
     result TEXT,
     label TEXT,
     at INTEGER NOT NULL,
     PRIMARY KEY (run, call_id)
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX run_steps_approval ON run_steps (approval_id) WHERE approval_id IS NOT NULL;
   CREATE INDEX run_steps_age ON run_steps (at);`,
];

export type StepResult = {
  readonly text: string;
  readonly failed: boolean;
  readonly label: Label;
  readonly details?: unknown;
  readonly origin?: string;
};

export type StepKey = { readonly run: string; readonly callId: string; readonly tool: string; readonly at: number };

export type StoredStep = { readonly callId: string; readonly tool: string } & (
  | { readonly state: "started" }
  | { readonly state: "waiting"; readonly approvalId: string; readonly words: string }
  | { readonly state: "finished"; readonly result: StepResult }
);

export class StepRepeatedError extends Error {
  readonly code = "step.repeated";
}

export interface RunSteps {
  /** Durable before the tool runs. Rejects with StepRepeatedError when the step was started before: then it must not run. */
  start(step: StepKey): Promise<void>;
  /** The step waits for its owner; it has not started. */
  wait(step: StepKey, approval: { readonly id: string; readonly words: string }): Promise<void>;
  finish(step: StepKey, result: StepResult): Promise<void>;
  /** Steps of a run, in no particular order. */
  of(run: string): readonly StoredStep[];
  /** Forgets steps last touched before `before`: those of runs that ended long ago. */
  prune(before: number): Promise<number>;
}

export function createRunSteps(database: Database): RunSteps {
  return {
    start: (step) => start(database, step),
    wait: (step, approval) =>
      upsert(database, step, { state: "waiting", approvalId: approval.id, words: approval.words }),
    finish: (step, result) => upsert(database, step, { state: "finished", result }),
    of: (run) =>
      database
        .all<StepRow>(
          "SELECT call_id, tool, state, approval_id, words, result, label FROM run_steps WHERE run = ?",
          run,
        )
        .map(stepOf),
    prune: (before) =>
      database.write((transaction) => transaction.run("DELETE FROM run_steps WHERE at < ?", before).changes),
  };
}

async function start(database: Database, { run, callId, tool, at }: StepKey): Promise<void> {
  await database.write((transaction) => {
    const known = transaction.get<{ state: string }>(
      "SELECT state FROM run_steps WHERE run = ? AND call_id = ?",
      run,
      callId,
    );
    if (known && known.state !== "waiting") {
      throw new StepRepeatedError(`step ${callId} of run ${run} was started before; it is never run twice`);
    }
    transaction.run(
      `INSERT INTO run_steps (run, call_id, tool, state, at) VALUES (?1, ?2, ?3, 'started', ?4)
       ON CONFLICT (run, call_id) DO UPDATE SET state = 'started', at = ?4`,
      run,
      callId,
      tool,
      at,
    );
  });
}

type Progress = { state: "waiting"; approvalId: string; words: string } | { state: "finished"; result: StepResult };

async function upsert(database: Database, step: StepKey, progress: Progress): Promise<void> {
  const waiting = progress.state === "waiting" ? progress : undefined;
  const result = progress.state === "finished" ? progress.result : undefined;
  await database.write((transaction) =>
    transaction.run(
      `INSERT INTO run_steps (run, call_id, tool, state, approval_id, words, result, label, at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT (run, call_id) DO UPDATE SET state = ?4, approval_id = ?5, words = ?6, result = ?7, label = ?8, at = ?9`,
      step.run,
      step.callId,
      step.tool,
      progress.state,
      waiting?.approvalId ?? null,
      waiting?.words ?? null,
      result ? JSON.stringify({ ...result, label: undefined }) : null,
      result ? encodeLabel(result.label) : null,
      step.at,
    ),
  );
}

type StepRow = {
  call_id: string;
  tool: string;
  state: "started" | "waiting" | "finished";
  approval_id: string | null;
  words: string | null;
  result: string | null;
  label: string | null;
};

function stepOf(row: StepRow): StoredStep {
  const key = { callId: row.call_id, tool: row.tool };
  if (row.state === "waiting" && row.approval_id !== null) {
    return { ...key, state: "waiting", approvalId: row.approval_id, words: row.words ?? "" };
  }
  if (row.state === "finished" && row.result !== null) {
    const result = JSON.parse(row.result) as Omit<StepResult, "label">;
    return { ...key, state: "finished", result: { ...result, label: decodeLabel(row.label) } };
  }
  return { ...key, state: "started" };
}
