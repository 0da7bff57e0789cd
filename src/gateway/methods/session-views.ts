/** A session as the session methods return it: the published row, plus our own fields. */
import * as z from "zod";
import type { SessionView } from "../services.ts";

export const sessionRow = z
  .object({
    key: z.string(),
    sessionId: z.string(),
    kind: z.enum(["direct", "group"]),
    agentId: z.string(),
    channel: z.string(),
    updatedAt: z.number(),
    status: z.enum(["queued", "running", "done", "failed"]),
    state: z.enum(["running", "queued", "parked", "done", "failed"]),
  })
  .loose();

export function sessionRowView({ status, ...session }: SessionView) {
  return {
    ...session,
    agentId: session.agent,
    displayName: session.title,
    derivedTitle: session.title,
    ...(session.lastMessage === undefined ? {} : { lastMessagePreview: session.lastMessage }),
    // The published words have none for a run that waits for its owner; `state` has.
    status: status === "parked" ? ("queued" as const) : status,
    state: status,
  };
}

export const sessionKey = z.string().min(1).max(512);
