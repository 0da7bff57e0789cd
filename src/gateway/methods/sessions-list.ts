import * as z from "zod";
import { method } from "../method.ts";
import type { SessionFilter } from "../services.ts";
import { sessionRow, sessionRowView } from "./session-views.ts";

const listDefault = 100;
const listMax = 1_000;
const minuteMs = 60_000;

const params = z.strictObject({
  limit: z.int().min(1).default(listDefault),
  offset: z.int().min(0).default(0),
  activeMinutes: z.int().min(1).optional(),
  requireLastInteraction: z.boolean().optional(),
  sortBy: z.enum(["updatedAt", "lastInteractionAt"]).optional(),
  includeGlobal: z.boolean().optional(),
  includeUnknown: z.boolean().optional(),
  configuredAgentsOnly: z.boolean().optional(),
  includeDerivedTitles: z.boolean().optional(),
  includeLastMessage: z.boolean().optional(),
  label: z.string().min(1).max(512).optional(),
  boardFace: z.enum(["chat", "dashboard"]).optional(),
  creatorId: z.string().min(1).optional(),
  ownerId: z.string().min(1).optional(),
  ownerFirst: z.boolean().optional(),
  involvingMe: z.boolean().optional(),
  involvingProfileId: z.string().min(1).optional(),
  includePeople: z.boolean().optional(),
  spawnedBy: z.string().min(1).optional(),
  agentId: z.string().min(1).optional(),
  search: z.string().max(512).optional(),
  archived: z.union([z.boolean(), z.literal("all")]).optional(),
});

/** Sessions, most recently used first. Filters for features that Fased does not have are accepted and not used. */
export const sessionsList = method({
  name: "sessions.list",
  scope: "operator.read",
  params,
  result: z.object({ ts: z.number(), count: z.int(), total: z.int(), sessions: z.array(sessionRow) }),
  handle: async ({ running, control }, asked) => {
    const now = control.clock.now();
    const { total, sessions } = await running.sessions.list(filterOf(asked, now));
    return { ts: now, count: sessions.length, total, sessions: sessions.map(sessionRowView) };
  },
});

function filterOf(asked: z.output<typeof params>, now: number): SessionFilter {
  return {
    limit: Math.min(asked.limit, listMax),
    offset: asked.offset,
    ...(asked.agentId === undefined ? {} : { agent: asked.agentId }),
    ...(asked.search === undefined || asked.search === "" ? {} : { search: asked.search }),
    ...(asked.activeMinutes === undefined ? {} : { activeSince: now - asked.activeMinutes * minuteMs }),
  };
}
