/** A process is its pid and its start time: pids are reused, the pair is not. */
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";

/** Field 22 of proc_pid_stat(5), counted after the command name, which may itself contain spaces and brackets. */
const startTimeIndex = 19;

/** Clock ticks since boot as text; undefined when there is no such process or no /proc. */
export function processStartTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[startTimeIndex];
  } catch {
    return undefined;
  }
}

/** Whether `pid` is still the process that started at `startTime`, and belongs to this user. Unknown is false. */
export async function sameUserProcess(pid: number, startTime: string): Promise<boolean> {
  if (startTime === "" || processStartTime(pid) !== startTime) return false;
  try {
    const { uid } = await stat(`/proc/${pid}`);
    return uid === process.getuid?.();
  } catch {
    return false;
  }
}
