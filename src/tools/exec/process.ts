import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import { joinAll, type Label } from "../../policy/label.ts";
import { ToolError, type ToolResult, type ToolSpec, type ToolTurn } from "../tool.ts";
import { commandDetails, commandText } from "./command-text.ts";
import type { Job, Jobs } from "./jobs.ts";

const pollMsMax = 120_000;

const parameters = z.strictObject({
  action: z.enum(["list", "poll", "kill"]),
  id: z.string().optional().describe("Job, as `list` and `exec` name it."),
  waitMs: z.int().min(0).max(pollMsMax).optional().describe("`poll`: how long to wait for its end."),
});

/** `process`: the background commands of this session. */
export function processTool(jobs: Jobs, clock: Clock): ToolSpec<z.output<typeof parameters>> {
  return {
    name: "process",
    description: "Lists, polls or kills the background commands of this conversation.",
    parameters,
    plan: async ({ action, id }, turn) => {
      if (action !== "list") findJob(jobs, turn, id);
      return {
        sink: { kind: "free", reads: action === "kill" ? "effect" : "plain" },
        sandbox: "off",
        toolAction: action,
        canonical: { action, id: id ?? "" },
        card: {
          title: `process ${action}`,
          exactly: [{ label: "Job", text: id ?? "all", mono: true }],
          where: "gateway",
        },
        summary: `${action} ${id ?? ""}`.trim(),
      };
    },
    run: async (call, { action, id, waitMs = 0 }, turn): Promise<ToolResult> => {
      if (action === "list") {
        const known = jobs.list(turn.session);
        // A command is what somebody's words became: it is told with their label.
        const label = joinAll([call.authorized.request.context.label, ...known.map(labelOfJob)]);
        return { text: listText(known), label, failed: false };
      }
      const job = findJob(jobs, turn, id);
      if (action === "kill") await job.process.kill();
      const end = await ended(job, action === "kill" ? pollMsMax : waitMs, { clock, signal: turn.signal });
      const output = job.process.output.text();
      return {
        text: end === undefined ? `${output.trimEnd()}\n[${job.id} still runs]`.trimStart() : commandText(output, end),
        label: labelOfJob(job),
        failed: end !== undefined && end.code !== 0 && action !== "kill",
        details: commandDetails(job),
      };
    },
  };
}

function findJob(jobs: Jobs, turn: ToolTurn, id: string | undefined): Job {
  const job = id === undefined ? undefined : jobs.find(turn.session, id);
  if (job !== undefined) return job;
  const known = jobs.list(turn.session).map((other) => other.id);
  throw new ToolError(
    "process.unknown",
    `there is no job ${JSON.stringify(id ?? "")} here; known: ${known.join(", ") || "none"}`,
  );
}

async function ended(job: Job, waitMs: number, { clock, signal }: { clock: Clock; signal: AbortSignal }) {
  if (job.end !== undefined || waitMs === 0) return job.end;
  let timer: { cancel(): void } | undefined;
  const given = new Promise<undefined>((resolve) => {
    timer = clock.after(waitMs, () => resolve(undefined));
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const end = await Promise.race([job.finished, given]);
  timer?.cancel();
  return end;
}

function labelOfJob(job: Job): Label {
  return job.end?.label ?? job.label();
}

function listText(jobs: readonly Job[]): string {
  if (jobs.length === 0) return "No background commands in this conversation.";
  return jobs
    .map((job) => `${job.id} ${job.end === undefined ? "runs" : "ended"} ${JSON.stringify(job.command.slice(0, 200))}`)
    .join("\n");
}
