/** What model and people read of a command. Pure. */
import type { Json } from "../tool.ts";
import type { Job, JobEnd } from "./jobs.ts";

/** Output, then how it ended, then what happened to files. */
export function commandText(output: string, end: JobEnd): string {
  const printed = output.trimEnd();
  return [...(printed === "" ? [] : [printed]), ending(end), ...end.notes].join("\n");
}

function ending(end: JobEnd): string {
  const seconds = `${(end.durationMs / 1_000).toFixed(1)} s`;
  if (end.timedOut) return `[stopped at its time limit after ${seconds}]`;
  if (end.signal !== undefined) return `[ended by ${end.signal} after ${seconds}]`;
  if (end.code === 127) return "[exit code 127: command not found]";
  if (end.code === 126) return "[exit code 126: not executable]";
  return `[exit code ${end.code ?? "unknown"}, ${seconds}]`;
}

/** For the tool card of the UI. */
export function commandDetails({ id, command, where, end }: Job): Json {
  return {
    job: id,
    command,
    where,
    proven: where === "sandbox",
    state: end === undefined ? "running" : "ended",
    ...(end === undefined
      ? {}
      : {
          exitCode: end.code ?? null,
          signal: end.signal ?? null,
          timedOut: end.timedOut,
          durationMs: Math.round(end.durationMs),
        }),
  };
}
