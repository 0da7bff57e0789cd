/** What a call meets because of where it runs: sandbox, sub-agent, workspace, host commands. Narrowing only. */
import type { Access } from "./access.ts";
import { agentKey, type RequestOf, type Rule, ruleOn } from "./rule.ts";
import type { Sink } from "./sink.ts";
import { type AgentAt, agentsOf, isOwnerSurface, type ToolCall } from "./tool-rules.ts";
import { subagentDeniedTools, toolAllower, toolMatcher, withoutLifted } from "./tools.ts";

type Code = Extract<Sink, { readonly kind: "code" }>;

export function surfaceRules(access: Access): readonly Rule[] {
  const ofAgents = agentsOf(access).flatMap((at) => [
    ...sandboxRules(access, at),
    ...subagentRules(access, at),
    ...workspaceRules(access, at),
    ...execRules(access, at),
  ]);
  return [...ofAgents, sandboxProofRule];
}

type Row = { readonly id: string; readonly origin: string; readonly effect?: "ask" | "deny" };

function agentRule({ agent }: AgentAt, row: Row, applies: (call: ToolCall) => boolean): Rule {
  return ruleOn("tool.call", { effect: "deny", ...row, key: agentKey(agent.id), applies });
}

/** Whether the agent's sandbox mode covers the session of a call. A call without a session is never the main one. */
function isSandboxed({ agent }: AgentAt, { context }: Pick<ToolCall, "context">): boolean {
  if (agent.sandbox.mode === "non-main") return context.session !== `agent:${agent.id}:main`;
  return agent.sandbox.mode === "all";
}

/** Each list is the agent's, else the global one. `image` belongs to every allow list that names anything. */
function sandboxRules(access: Access, at: AgentAt): readonly Rule[] {
  const own = at.agent.tools.sandbox?.tools;
  const global = access.tools.sandbox.tools;
  const allow = own?.allow ?? global.allow;
  const alsoAllow = own?.alsoAllow ?? global.alsoAllow;
  const lets = allow.length === 0 ? toolMatcher() : toolMatcher(allow, ["image"], alsoAllow);
  const denied = toolMatcher(own?.deny ?? global.deny);
  const key = (list: "allow" | "deny") => `${own?.[list] ? `${at.origin}.tools` : "tools"}.sandbox.tools.${list}`;
  return [
    agentRule(
      at,
      { id: "tool.not_in_sandbox", origin: key("allow") },
      (call) => !lets(call.action) && isSandboxed(at, call),
    ),
    agentRule(at, { id: "tool.denied", origin: key("deny") }, (call) => denied(call.action) && isSandboxed(at, call)),
  ];
}

function subagentRules(access: Access, at: AgentAt): readonly Rule[] {
  const own = at.agent.tools.subagents?.tools;
  const global = access.tools.subagents.tools;
  const allow = own?.allow ?? global.allow;
  const alsoAllow = own?.alsoAllow ?? global.alsoAllow;
  const builtIn = toolMatcher(withoutLifted(subagentDeniedTools, allow, alsoAllow));
  const denied = toolMatcher(own?.deny ?? global.deny);
  const lets = toolAllower(allow ?? ["*"], alsoAllow);
  const origin = `${own ? `${at.origin}.tools` : "tools"}.subagents.tools`;
  const deny = (id: string, list: string, applies: (call: ToolCall) => boolean) =>
    agentRule(at, { id, origin: `${origin}.${list}` }, (call) => call.action.surface === "subagent" && applies(call));
  return [
    deny("tool.denied_to_subagents", "allow", ({ action }) => builtIn(action)),
    deny("tool.not_in_allow", "allow", ({ action }) => !lets(action)),
    deny("tool.denied", "deny", ({ action }) => denied(action)),
  ];
}

/** File tools change nothing outside the workspace where it is the limit. */
function workspaceRules(access: Access, at: AgentAt): readonly Rule[] {
  const own = at.agent.tools.fs?.workspaceOnly;
  const confined = own ?? access.tools.fs.workspaceOnly;
  const applyPatch = at.agent.tools.exec.applyPatch ?? access.tools.exec.applyPatch;
  const fileTool = toolMatcher(
    confined ? ["group:fs"] : undefined,
    applyPatch.workspaceOnly ? ["apply_patch"] : undefined,
  );
  const origin = `${own === undefined ? "tools" : `${at.origin}.tools`}.fs.workspaceOnly`;
  return [
    agentRule(
      at,
      { id: "fs.workspace_only", origin },
      ({ action }) => action.sink.kind === "change" && fileTool(action),
    ),
  ];
}

/** The stricter of what the config says and what the call asks for: a call only tightens. */
const strictest = (a: Code["security"], b: Code["security"]): Code["security"] =>
  (["deny", "allowlist"] as const).find((level) => level === a || level === b) ?? a;

/** Commands: `security: "deny"` refuses them everywhere; the rest governs what is not a proven sandbox. */
function execRules(access: Access, at: AgentAt): readonly Rule[] {
  const own = at.agent.tools.exec;
  const security = own.security ?? access.tools.exec.security;
  const ask = own.ask ?? access.tools.exec.ask;
  const key = (name: "security" | "ask") => `${own[name] ? `${at.origin}.tools` : "tools"}.exec.${name}`;
  const onCode = (row: Row, applies: (sink: Code, call: ToolCall) => boolean) =>
    agentRule(at, row, (call) => call.action.sink.kind === "code" && applies(call.action.sink, call));
  const missesAllowlist = (sink: Code) => strictest(security, sink.security) === "allowlist" && !sink.allowlisted;
  const sandbox = { origin: `${at.origin}.sandbox.mode` };
  const leavesSandbox = (sink: Code, call: ToolCall) => sink.where === "host" && isSandboxed(at, call);
  return [
    agentRule(
      at,
      { id: "exec.denied", origin: key("security") },
      ({ action }) => isCode(action.sink) && security === "deny",
    ),
    onCode({ id: "exec.denied_by_call", origin: "engine" }, (sink) => sink.security === "deny"),
    onCode(
      { id: "exec.asks_always", origin: key("ask"), effect: "ask" },
      (sink) => ask === "always" || sink.ask === "always",
    ),
    onCode(
      { id: "exec.not_allowlisted", origin: key("security"), effect: "ask" },
      (sink) => missesAllowlist(sink) && ask === "on-miss" && sink.ask !== "always",
    ),
    onCode(
      { id: "exec.not_allowlisted_nobody_asked", origin: key("ask") },
      (sink) => missesAllowlist(sink) && ask === "off",
    ),
    onCode(
      { ...sandbox, id: "exec.host_needs_owner" },
      (sink, call) => leavesSandbox(sink, call) && !isOwnerSurface(access, call),
    ),
    onCode(
      { ...sandbox, id: "exec.leaves_sandbox", effect: "ask" },
      (sink, call) => leavesSandbox(sink, call) && !sink.allowlisted,
    ),
  ];
}

const isCode = (sink: Sink): boolean => sink.kind === "code" || sink.kind === "sandboxed-code";

/** A sandbox that did not prove itself for this very run is no sandbox. */
const sandboxProofRule: Rule = ruleOn("tool.call", {
  id: "exec.sandbox_not_proven",
  origin: "engine",
  effect: "deny",
  applies: ({ action: { sink }, context }: RequestOf<"tool.call">) =>
    (sink.kind === "sandboxed-code" || (sink.kind === "code" && sink.where === "sandbox")) &&
    context.sandbox !== "proven",
});
