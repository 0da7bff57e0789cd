import * as z from "zod";
import { refuseAttachments } from "../attachments.ts";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { runResult, runView } from "./run-view.ts";
import { sessionKey } from "./session-views.ts";

const textMax = 1_000_000;
/** As long as a caller may wait for the second answer. */
const waitMaxMs = 60 * 60_000;
const secondMs = 1_000;

/** Accepted and not used: routing, delivery and prompt settings come from the Gateway's config, not from a caller. */
const unused = {
  provider: z.string().optional(),
  model: z.string().optional(),
  to: z.string().optional(),
  replyTo: z.string().optional(),
  sessionId: z.string().optional(),
  thinking: z.string().optional(),
  channel: z.string().optional(),
  replyChannel: z.string().optional(),
  accountId: z.string().optional(),
  replyAccountId: z.string().optional(),
  threadId: z.string().optional(),
  groupId: z.string().optional(),
  groupChannel: z.string().optional(),
  groupSpace: z.string().optional(),
  bestEffortDeliver: z.boolean().optional(),
  lane: z.string().optional(),
  label: z.string().min(1).max(512).optional(),
};

/**
 * Runs an agent turn for the operator. Answered twice under one id: `accepted` once the message is durable, then the
 * end of the run.
 */
export const agent = method({
  name: "agent",
  scope: "operator.write",
  params: z.strictObject({
    message: z.string().min(1).max(textMax),
    agentId: z.string().min(1).optional(),
    sessionKey: sessionKey.optional(),
    deliver: z.boolean().optional(),
    attachments: z.array(z.unknown()).optional(),
    /** Seconds. */
    timeout: z.int().min(0).optional(),
    idempotencyKey: z.string().min(1).max(256),
    ...unused,
  }),
  result: runResult,
  handle: async ({ running, control, caller, acknowledge }, asked) => {
    if (asked.deliver === true) {
      throw invalid(
        "agent.deliver_unsupported",
        "the answer is told to the caller; delivery to a channel is not supported",
      );
    }
    refuseAttachments("agent", asked.attachments);
    const timeoutMs = asked.timeout ? Math.min(asked.timeout * secondMs, waitMaxMs) : waitMaxMs;
    const startedAt = control.clock.now();
    const started = await control.runs.start(running.runs, {
      caller,
      text: asked.message,
      idempotencyKey: asked.idempotencyKey,
      timeoutMs,
      ...(asked.sessionKey === undefined ? {} : { sessionKey: asked.sessionKey }),
      ...(asked.agentId === undefined ? {} : { agent: asked.agentId }),
    });
    acknowledge({ runId: started.runId, sessionKey: started.sessionKey, status: "accepted", startedAt });
    const run = await running.runs.wait(started.runId, timeoutMs);
    return run
      ? runView(run)
      : { runId: started.runId, sessionKey: started.sessionKey, startedAt, status: "timeout" as const };
  },
});
