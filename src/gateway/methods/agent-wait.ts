import * as z from "zod";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { runResult, runView } from "./run-view.ts";

const waitDefaultMs = 30_000;
const waitMaxMs = 60 * 60_000;

/** Waits for the end of a run; `timeout` when it is still under way. */
export const agentWait = method({
  name: "agent.wait",
  scope: "operator.write",
  params: z.strictObject({ runId: z.string().min(1).max(256), timeoutMs: z.int().min(0).default(waitDefaultMs) }),
  result: runResult,
  handle: async ({ running }, { runId, timeoutMs }) => {
    const run = await running.runs.wait(runId, Math.min(timeoutMs, waitMaxMs));
    if (!run) throw invalid("agent.unknown_run", `no run \`${runId}\` is known`);
    return runView(run);
  },
});
