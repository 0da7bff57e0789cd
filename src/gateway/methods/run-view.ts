/** How `agent` and `agent.wait` tell the end of a run. */
import * as z from "zod";
import type { RunState } from "../services.ts";

export const runResult = z.object({
  runId: z.string(),
  status: z.enum(["accepted", "ok", "error", "aborted", "parked", "timeout"]),
  sessionKey: z.string(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
  summary: z.string().optional(),
  error: z.string().optional(),
  errorCode: z.string().optional(),
  approvalId: z.string().optional(),
  result: z.object({ payloads: z.array(z.object({ text: z.string() })) }).optional(),
});

export function runView(run: RunState) {
  const { runId, sessionKey, startedAt, endedAt } = run;
  const base = { runId, sessionKey, startedAt, ...(endedAt === undefined ? {} : { endedAt }) };
  return { ...base, ...outcomeView(run) };
}

function outcomeView({ outcome }: RunState) {
  const payloads = (text: string) => ({ result: { payloads: [{ text }] } });
  switch (outcome?.kind) {
    case undefined:
      return { status: "timeout" as const };
    case "answered":
      return { status: "ok" as const, summary: "completed", ...payloads(outcome.text) };
    case "parked":
      return {
        status: "parked" as const,
        summary: `waits for an approval: ${outcome.words}`,
        approvalId: outcome.approvalId,
        ...payloads(outcome.text),
      };
    case "aborted":
      return { status: "aborted" as const, summary: "aborted", ...payloads(outcome.text) };
    case "failed":
      return { status: "error" as const, error: outcome.message, errorCode: outcome.code };
  }
}
