/** The tools: ids, groups, profiles, and how entries of tool lists are matched. */

type ProfileName = "wen" | "minimal" | "coding" | "messaging" | "full" | "owner";
type Row = { readonly ids: string; readonly group: string; readonly profiles?: string };

/** Group of each tool, and the profiles that contain it: W wen, M minimal, C coding, G messaging, O owner. */
const catalogue: readonly Row[] = [
  { ids: "read write edit apply_patch", group: "fs", profiles: "C O" },
  { ids: "exec process code_execution", group: "runtime", profiles: "C O" },
  { ids: "web_search web_fetch x_search", group: "web", profiles: "C O" },
  { ids: "memory_search memory_get", group: "memory", profiles: "W C O" },
  { ids: "sessions_list sessions_history sessions_send", group: "sessions", profiles: "C G O" },
  { ids: "sessions_spawn sessions_yield subagents", group: "sessions", profiles: "C O" },
  { ids: "session_status", group: "sessions", profiles: "W M C G O" },
  { ids: "open", group: "sessions", profiles: "O" },
  { ids: "browser canvas", group: "ui" },
  { ids: "diff_view", group: "ui", profiles: "C O" },
  { ids: "message", group: "messaging", profiles: "G O" },
  { ids: "remind", group: "messaging", profiles: "O" },
  { ids: "cron", group: "automation", profiles: "C O" },
  { ids: "gateway", group: "automation" },
  { ids: "nodes", group: "nodes" },
  { ids: "agents_list", group: "agents" },
  { ids: "update_plan", group: "agents", profiles: "W C O" },
  { ids: "image image_generate music_generate video_generate", group: "media", profiles: "C O" },
  { ids: "tts", group: "media" },
];

const letters = { wen: "W", minimal: "M", coding: "C", messaging: "G", owner: "O" } as const;

const rowsOf = (keep: (row: Row) => boolean | undefined): readonly string[] =>
  catalogue.filter(keep).flatMap((row) => row.ids.split(" "));

/** Every built-in tool. */
export const toolIds: readonly string[] = rowsOf(() => true);

/** Group name, as written in tool lists, → its tools. `group:fased` is every built-in tool, shell and files included. */
export const toolGroups: ReadonlyMap<string, readonly string[]> = new Map([
  ...[...new Set(catalogue.map((row) => row.group))].map(
    (name) => [`group:${name}`, rowsOf((row) => row.group === name)] as const,
  ),
  ["group:fased", toolIds],
]);

/** The tools of a profile; `full` is `*`. */
export function profileTools(name: ProfileName): readonly string[] {
  if (name === "full") return ["*"];
  return rowsOf((row) => row.profiles?.includes(letters[name]));
}

/** Tools that only an owner may call, whatever lists say. */
export const ownerOnlyTools = ["whatsapp_login", "cron", "gateway", "nodes"] as const;

/** Denied over HTTP unless `gateway.tools.allow` lifts one by name. */
export const httpDeniedTools = [
  "sessions_spawn",
  "sessions_send",
  "cron",
  "gateway",
  "nodes",
  "whatsapp_login",
] as const;

/** Denied to sub-agents unless `tools.subagents.tools` lifts one by name. */
export const subagentDeniedTools = [
  "gateway",
  "agents_list",
  "whatsapp_login",
  "session_status",
  "cron",
  "memory_search",
  "memory_get",
  "sessions_send",
  "sessions_list",
  "sessions_history",
  "sessions_spawn",
] as const;

const aliases: ReadonlyMap<string, string> = new Map([
  ["bash", "exec"],
  ["apply-patch", "apply_patch"],
]);

/** The one spelling of a tool's name: lower case, trimmed, aliases replaced. */
export function toolName(text: string): string {
  const name = text.trim().toLowerCase();
  return aliases.get(name) ?? name;
}

/** Lists of entries as the config holds them. One that is absent is empty. */
type ToolLists = readonly (readonly string[] | undefined)[];

const entriesOf = (lists: ToolLists): readonly string[] =>
  lists
    .flat()
    .filter((entry) => entry !== undefined)
    .map(toolName);

/** A built-in deny list without the tools that an operator lifted by name. Globs and groups lift nothing. */
export function withoutLifted(denied: readonly string[], ...lifted: ToolLists): readonly string[] {
  const names = entriesOf(lifted);
  return denied.filter((tool) => !names.includes(tool));
}

/** Whether entries (ids, `tool:action`, `group:…`, `*` globs) name a call. Empty lists name nothing. */
export type ToolMatcher = (call: { readonly tool: string; readonly toolAction?: string | undefined }) => boolean;

export function toolMatcher(...lists: ToolLists): ToolMatcher {
  const names = entriesOf(lists).flatMap((entry) => toolGroups.get(entry) ?? [entry]);
  const exact = new Set(names);
  const globs = names.filter((name) => name.includes("*")).map(globExpression);
  const named = (name: string) => exact.has(name) || globs.some((glob) => glob.test(name));
  return ({ tool, toolAction }) => {
    const name = toolName(tool);
    return named(name) || (toolAction !== undefined && named(`${name}:${toolAction}`));
  };
}

/** Whether an allowlist lets a call through: `apply_patch` rides on `exec`, which can do all that it does. */
export function toolAllower(...lists: ToolLists): ToolMatcher {
  const matches = toolMatcher(...lists);
  return (call) => matches(call) || (toolName(call.tool) === "apply_patch" && matches({ tool: "exec" }));
}

function globExpression(entry: string): RegExp {
  const literal = entry.split(/\*+/).map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "s");
}
