/** What tools are to people who ask how far somebody gets: seven classes, and everything else. */
import { toolGroups } from "../policy/tools.ts";

export const toolClasses = ["read", "write", "run", "browse", "send", "schedule", "control", "other"] as const;
export type ToolClass = (typeof toolClasses)[number];

const membersOf = (...groups: readonly string[]): readonly string[] =>
  groups.flatMap((group) => toolGroups.get(group) ?? []);

/** The first class that has the tool. */
const members: readonly (readonly [ToolClass, ReadonlySet<string>])[] = [
  ["read", new Set(["read", "sessions_list", "sessions_history", "open", "diff_view", ...membersOf("group:memory")])],
  ["write", new Set(["write", "edit", "apply_patch"])],
  ["run", new Set(membersOf("group:runtime"))],
  ["browse", new Set(membersOf("group:web", "group:ui"))],
  ["send", new Set(["message", "sessions_send"])],
  ["schedule", new Set(["cron", "remind"])],
  ["control", new Set(["gateway", "nodes", "whatsapp_login", "sessions_spawn", "sessions_yield", "subagents"])],
];

/** The class of a tool; `other` holds what neither reads, changes nor reaches anything, and tools of plugins. */
export function toolClassOf(tool: string): ToolClass {
  return members.find(([, tools]) => tools.has(tool))?.[0] ?? "other";
}
