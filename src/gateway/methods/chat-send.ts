import * as z from "zod";
import { refuseAttachments } from "../attachments.ts";
import { invalid } from "../gateway-error.ts";
import { method } from "../method.ts";
import { sessionKey } from "./session-views.ts";

const textMax = 1_000_000;

/**
 * Sends a message of the operator to an agent. Answered once the message is durable; what happens then comes as `chat`
 * and `agent` events. The same idempotency key is the same message.
 */
export const chatSend = method({
  name: "chat.send",
  scope: "operator.write",
  params: z.strictObject({
    sessionKey,
    agentId: z.string().min(1).optional(),
    sessionId: z.string().min(1).optional(),
    message: z.string().max(textMax),
    intent: z.unknown().optional(),
    thinking: z.string().optional(),
    fastMode: z.union([z.boolean(), z.literal("auto")]).optional(),
    fastAutoOnSeconds: z.int().min(1).optional(),
    queueMode: z.enum(["steer", "followup", "collect", "interrupt"]).optional(),
    deliver: z.boolean().optional(),
    originatingChannel: z.string().optional(),
    originatingTo: z.string().optional(),
    originatingAccountId: z.string().optional(),
    originatingThreadId: z.string().optional(),
    replyToId: z.string().min(1).optional(),
    attachments: z.array(z.unknown()).optional(),
    toolBindings: z.unknown().optional(),
    timeoutMs: z.int().min(0).optional(),
    systemInputProvenance: z.unknown().optional(),
    systemProvenanceReceipt: z.string().optional(),
    suppressCommandInterpretation: z.boolean().optional(),
    expectedLeafEntryId: z.string().nullable().optional(),
    expectedSessionRoutingContract: z.string().min(1).optional(),
    expectedPermissionMode: z.string().nullable().optional(),
    expectedToolOverrides: z.unknown().optional(),
    idempotencyKey: z.string().min(1).max(256),
  }),
  result: z.object({
    runId: z.string(),
    sessionKey: z.string(),
    status: z.enum(["started", "in_flight", "ok"]),
  }),
  handle: async ({ running, control, caller }, asked) => {
    refuseAttachments("chat", asked.attachments);
    if (asked.message.trim() === "") throw invalid("chat.empty_message", "the message is empty");
    const {
      runId,
      sessionKey: key,
      duplicate,
    } = await control.runs.start(running.runs, {
      caller,
      text: asked.message,
      sessionKey: asked.sessionKey,
      idempotencyKey: asked.idempotencyKey,
      ...(asked.agentId === undefined ? {} : { agent: asked.agentId }),
      ...(asked.timeoutMs ? { timeoutMs: asked.timeoutMs } : {}),
    });
    if (!duplicate) return { runId, sessionKey: key, status: "started" as const };
    const ended = running.runs.state(runId)?.outcome !== undefined;
    return { runId, sessionKey: key, status: ended ? ("ok" as const) : ("in_flight" as const) };
  },
});
