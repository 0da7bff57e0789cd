import * as z from "zod";
import type { ClientCommand } from "../../tools/client-command.ts";
import type { Json } from "../../tools/tool.ts";
import { invalid } from "../gateway-error.ts";
import { method, type RunningCall } from "../method.ts";
import { approvalDecision, approvalResult, decisionOf } from "./approval-view.ts";
import { sessionKey } from "./session-views.ts";

/** As in the reference; a client that cannot wait asks `waitDecision` later. */
const waitDefaultMs = 120_000;
const waitMaxMs = 24 * 60 * 60_000;
/** All that a client may say about one command: it is shown, hashed and stored. */
const requestBytesMax = 256 * 1_024;

const text = z.string().nullish();

const params = z.strictObject({
  /** The client's own name for the request. A digit in it keeps it apart from the words of a card. */
  id: z
    .string()
    .regex(/^(?=.*\d)[\w-]{8,56}$/, "8 to 56 letters, digits, `-` and `_`, at least one digit")
    .optional(),
  command: z.string().min(1).optional(),
  commandArgv: z.array(z.string()).optional(),
  systemRunPlan: z
    .strictObject({
      argv: z.array(z.string()),
      cwd: z.string().nullable(),
      commandText: z.string(),
      commandPreview: text,
      agentId: z.string().nullable(),
      sessionKey: z.string().nullable(),
      policySnapshot: z.unknown().optional(),
      mutableFileOperand: z.unknown().optional(),
    })
    .optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: text,
  nodeId: text,
  host: text,
  security: text,
  ask: text,
  warningText: text,
  scope: z.unknown().optional(),
  agentId: text,
  resolvedPath: text,
  sessionKey: sessionKey.nullish(),
  sessionId: text,
  runId: text,
  toolCallId: text,
  timeoutMs: z.int().min(1).max(waitMaxMs).default(waitDefaultMs),
  twoPhase: z.boolean().default(false),
  suppressDelivery: z.boolean().default(false),
  deliverToApprovalClientsOnly: z.boolean().default(false),
  // Accepted and not used: what a client says of itself grants nothing, and a card has its own layout and routes.
  unavailableDecisions: z.unknown().optional(),
  commandSpans: z.unknown().optional(),
  turnSourceChannel: z.unknown().optional(),
  turnSourceTo: z.unknown().optional(),
  turnSourceAccountId: z.unknown().optional(),
  turnSourceThreadId: z.unknown().optional(),
  approvalReviewerDeviceIds: z.unknown().optional(),
  requireDeliveryRoute: z.unknown().optional(),
});

type Asked = z.output<typeof params>;

/**
 * A client asks the owner about a command that it will run itself. Answered once the owner decided or `timeoutMs` is
 * over, which is a no; with `twoPhase` also at once, under the same id, when the request waits. Nothing runs by it here,
 * and the owner's yes opens no tool of this Gateway.
 */
export const execApprovalRequest = method({
  name: "exec.approval.request",
  scope: "operator.approvals",
  params,
  result: z.object({
    id: z.string(),
    decision: approvalDecision,
    state: approvalResult.shape.state,
    words: z.string(),
    createdAtMs: z.number(),
    expiresAtMs: z.number(),
  }),
  handle: async (call, asked) => {
    if (Buffer.byteLength(JSON.stringify(asked)) > requestBytesMax) {
      throw invalid("approval.too_large", `more than ${requestBytesMax} bytes about one command; shorten it`);
    }
    const { approvals } = call.running;
    const quiet = asked.suppressDelivery || asked.deliverToApprovalClientsOnly;
    const { id, words, createdAt, expiresAt } = await approvals.request({
      command: commandOf(asked, call),
      agent: asked.agentId ?? asked.systemRunPlan?.agentId ?? undefined,
      sessionKey: asked.sessionKey ?? undefined,
      id: asked.id,
      waitMs: asked.timeoutMs,
      tell: quiet ? "operators" : "owner-chats",
      authorized: call.authorized,
    });
    const facts = { id, words, createdAtMs: createdAt, expiresAtMs: expiresAt };
    if (asked.twoPhase) call.acknowledge({ status: "accepted", ...facts });
    const settled = await approvals.wait(id, asked.timeoutMs);
    const state = settled === undefined || settled.state === "pending" ? "expired" : settled.state;
    return { ...facts, state, decision: decisionOf({ state }) };
  },
});

function commandOf(asked: Asked, call: RunningCall): ClientCommand {
  const { systemRunPlan: plan } = asked;
  const argv = asked.commandArgv ?? plan?.argv;
  const command = asked.command ?? plan?.commandText ?? (argv && JSON.stringify(argv));
  if (command === undefined) throw invalid("approval.no_command", "give `command`, `commandArgv` or `systemRunPlan`");
  return {
    command,
    argv,
    folder: asked.cwd ?? plan?.cwd ?? undefined,
    executable: asked.resolvedPath ?? undefined,
    environment: asked.env,
    host: asked.host ?? undefined,
    node: asked.nodeId ?? undefined,
    note: asked.warningText ?? undefined,
    more: boundToo(asked),
    client: clientText(call),
  };
}

/** What is bound with the call although the card does not spell it out. */
function boundToo({ systemRunPlan, security, ask, scope, sessionId, runId, toolCallId }: Asked): Record<string, Json> {
  const more = { systemRunPlan, security, ask, scope, sessionId, runId, toolCallId };
  return JSON.parse(JSON.stringify(more)) as Record<string, Json>;
}

/** What the Gateway knows of the client, never what it says of itself. */
function clientText({ connection: { deviceId, clientIp } }: RunningCall): string {
  const who = deviceId === undefined ? "a program with the Gateway's secret" : `device ${deviceId}`;
  return `${who}, from ${clientIp}`;
}
