/** Frames of the WebSocket protocol, versions 3 and 4. Unknown fields are refused. */
import * as z from "zod";
import { clientIds, clientModes } from "./client-info.ts";

export const protocolVersions = { oldest: 3, newest: 4 } as const;

const word = z.string().min(1);
const field = word.max(256);

export const requestFrame = z.strictObject({
  type: z.literal("req"),
  id: word.max(128),
  method: word.max(128),
  params: z.unknown().optional(),
  traceparent: z.string().max(128).optional(),
});
export type RequestFrame = z.output<typeof requestFrame>;

/** Fields of other products' nodes and workers are accepted and not read. */
export const connectParams = z.strictObject({
  minProtocol: z.int().min(1),
  maxProtocol: z.int().min(1),
  client: z.strictObject({
    id: z.enum(clientIds),
    displayName: z.string().max(256).optional(),
    version: field,
    buildId: word.max(96).optional(),
    platform: field,
    deviceFamily: field.optional(),
    modelIdentifier: field.optional(),
    timeZone: word.max(64).optional(),
    mode: z.enum(clientModes),
    instanceId: field.optional(),
  }),
  caps: z.array(field).max(64).optional(),
  commands: z.array(field).max(256).optional(),
  computerUse: z.unknown().optional(),
  workerRuns: z.unknown().optional(),
  permissions: z.record(field, z.boolean()).optional(),
  pathEnv: z.string().max(16_384).optional(),
  role: field.optional(),
  scopes: z.array(field).max(32).optional(),
  device: z
    .strictObject({
      id: field,
      publicKey: word.max(1_024),
      signature: word.max(256),
      signedAt: z.int().min(0),
      nonce: z.string().max(128),
    })
    .optional(),
  auth: z
    .strictObject({
      token: z.string().max(4_096).optional(),
      bootstrapToken: z.string().max(4_096).optional(),
      deviceToken: z.string().max(4_096).optional(),
      password: z.string().max(4_096).optional(),
      approvalRuntimeToken: z.string().max(4_096).optional(),
      agentRuntimeIdentityToken: z.string().max(4_096).optional(),
    })
    .optional(),
  locale: z.string().max(64).optional(),
  userAgent: z.string().max(1_024).optional(),
});
export type ConnectParams = z.output<typeof connectParams>;

/** The published error codes; `details.code` says more. */
type ErrorCode = "INVALID_REQUEST" | "UNAVAILABLE" | "NOT_PAIRED" | "AGENT_TIMEOUT" | "NOT_LINKED";

export type ErrorShape = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
};

export function okFrame(id: string, payload: unknown): string {
  return JSON.stringify({ type: "res", id, ok: true, payload });
}

export function errorFrame(id: string, error: ErrorShape): string {
  return JSON.stringify({ type: "res", id, ok: false, error });
}

/** Serialises the payload once for all receivers; `seq` is per connection, so that a gap means a lost event. */
export function eventFrame(event: string, payload: unknown): (seq: number | undefined) => string {
  const start = `{"type":"event","event":${JSON.stringify(event)},"payload":${JSON.stringify(payload)}`;
  return (seq) => (seq === undefined ? `${start}}` : `${start},"seq":${seq}}`);
}

/** One line for people: which field, what is wrong. */
export function describeIssues(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return "unknown problem";
  const path = issue.path.map(String).join(".");
  return path === "" ? issue.message : `at \`${path}\`: ${issue.message}`;
}
