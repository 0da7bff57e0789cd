import { describe, expect, test } from "vitest";
import { profileTools, toolAllower, toolGroups, toolIds, toolMatcher, toolName, withoutLifted } from "./tools.ts";

const sorted = (names: readonly string[]) => [...names].sort();

describe("profiles", () => {
  test.each([
    ["minimal", "session_status"],
    ["wen", "memory_get memory_search session_status update_plan"],
    ["messaging", "message session_status sessions_history sessions_list sessions_send"],
    [
      "coding",
      "apply_patch code_execution cron diff_view edit exec image image_generate memory_get memory_search music_generate " +
        "process read session_status sessions_history sessions_list sessions_send sessions_spawn sessions_yield subagents " +
        "update_plan video_generate web_fetch web_search write x_search",
    ],
    ["full", "*"],
  ] as const)("%s is exactly its tools", (name, expected) => {
    expect(sorted(profileTools(name))).toEqual(expected.split(" "));
  });

  test("owner is coding plus message, remind and open; web and memory are in coding", () => {
    expect(sorted(profileTools("owner"))).toEqual(sorted([...profileTools("coding"), "message", "open", "remind"]));
  });
});

describe("groups", () => {
  test.each([
    ["group:fs", "apply_patch edit read write"],
    ["group:runtime", "code_execution exec process"],
    ["group:web", "web_fetch web_search x_search"],
    ["group:memory", "memory_get memory_search"],
    [
      "group:sessions",
      "open session_status sessions_history sessions_list sessions_send sessions_spawn sessions_yield subagents",
    ],
    ["group:ui", "browser canvas diff_view"],
    ["group:messaging", "message remind"],
    ["group:automation", "cron gateway"],
    ["group:nodes", "nodes"],
    ["group:agents", "agents_list update_plan"],
    ["group:media", "image image_generate music_generate tts video_generate"],
  ])("%s is exactly its tools", (name, expected) => {
    expect(sorted(toolGroups.get(name) ?? [])).toEqual(expected.split(" "));
  });

  test("group:fased is every built-in tool, shell and files included", () => {
    expect(toolGroups.get("group:fased")).toEqual(toolIds);
    expect(toolIds).toContain("exec");
    expect(new Set(toolIds).size).toBe(toolIds.length);
    expect(toolGroups.size).toBe(12);
  });
});

describe("matching", () => {
  test("names are trimmed, lower-cased and freed of aliases, in lists and in calls", () => {
    expect(["  Bash ", "apply-patch", "READ"].map(toolName)).toEqual(["exec", "apply_patch", "read"]);
    expect(toolMatcher([" BASH "])({ tool: "exec" })).toBe(true);
    expect(toolMatcher(["exec"])({ tool: " Bash" })).toBe(true);
  });

  test.each([
    [[], "read", false],
    [["*"], "anything", true],
    [["group:fs"], "edit", true],
    [["GROUP:FS"], "edit", true],
    [["group:fs"], "exec", false],
    [["group:plugins"], "exec", false],
    [["web_*"], "web_fetch", true],
    [["web_*"], "xweb_fetch", false],
    [["*_fetch"], "web_fetch", true],
    [["*_fetch"], "web_fetch2", false],
    [["w*b_f*h"], "web_fetch", true],
    [["we.*"], "web_fetch", false],
    [["we*ch"], "web\nfetch", true],
    [["web_fetc"], "web_fetch", false],
    [["read", "web_*", "group:runtime"], "process", true],
  ])("%j names %s: %s", (entries, tool, expected) => {
    expect(toolMatcher(entries)({ tool })).toBe(expected);
  });

  test("an entry may name one action of a tool", () => {
    const removes = toolMatcher(["cron:remove", "sessions:*"]);
    expect(removes({ tool: "cron", toolAction: "remove" })).toBe(true);
    expect(removes({ tool: "cron", toolAction: "list" })).toBe(false);
    expect(removes({ tool: "cron" })).toBe(false);
    expect(removes({ tool: "sessions", toolAction: "x" })).toBe(true);
    expect(removes({ tool: "sessions" })).toBe(false);
    expect(toolMatcher(["cron"])({ tool: "cron", toolAction: "remove" })).toBe(true);
  });

  test("apply_patch rides on exec in allowlists only", () => {
    expect(toolAllower(["exec"])({ tool: "apply-patch" })).toBe(true);
    expect(toolAllower(["bash"])({ tool: "apply_patch" })).toBe(true);
    expect(toolAllower(["read"])({ tool: "apply_patch" })).toBe(false);
    expect(toolAllower(["exec"])({ tool: "read" })).toBe(false);
    expect(toolMatcher(["exec"])({ tool: "apply_patch" })).toBe(false);
  });

  test("an absent list is an empty one, and neither names anything", () => {
    const either = toolMatcher(undefined, ["read"], [], ["web_*"]);
    expect(["read", "web_fetch", "exec"].map((tool) => either({ tool }))).toEqual([true, true, false]);
    for (const none of [toolMatcher(), toolMatcher(undefined), toolAllower([])]) expect(none({ tool: "" })).toBe(false);
  });

  test("a built-in deny is lifted by name alone", () => {
    const lifted = [undefined, [" Cron ", "group:nodes"], ["gate*"]];
    expect(withoutLifted(["cron", "nodes", "gateway"], ...lifted)).toEqual(["nodes", "gateway"]);
  });
});
