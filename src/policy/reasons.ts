/** What each reason means, and what to do instead. For people, and for the model that was refused. */

export type ReasonText = { readonly means: string; readonly instead: string };

const askOwner = "Ask the owner; or change the key named here.";
const cleanWindow = "Do it without what came from elsewhere, or let the owner approve this very call.";

const texts: Readonly<Record<string, ReasonText>> = {
  "engine.no_policy": { means: "there is no policy", instead: "Repair the config." },
  "engine.rule_threw": { means: "a rule failed, and what cannot be judged is refused", instead: "Report this fault." },
  "operator.control": { means: "operators write over the control path", instead: "" },
  "operator.write_scope_missing": {
    means: "the operator lacks the scope operator.write",
    instead: "Log in with a device that has it.",
  },
  "operator.required": { means: "only operators use the control path", instead: "Write over a channel." },
  "channel.not_configured": { means: "this channel and account are not configured", instead: askOwner },
  "channel.disabled": { means: "the channel is switched off", instead: "Set `enabled` to true." },
  "dm.owner": { means: "the sender is an owner", instead: "" },
  "dm.listed": { means: "the sender is listed", instead: "" },
  "dm.paired": { means: "the sender was paired", instead: "" },
  "dm.open": { means: "direct messages are open to anyone", instead: "" },
  "dm.disabled": { means: "direct messages are switched off", instead: "Set another `dmPolicy`." },
  "dm.pairing_required": { means: "the sender is not paired yet", instead: "Approve the pairing code." },
  "dm.not_listed": { means: "the sender is not listed", instead: "Add the sender's id to the list." },
  "group.owner": { means: "the sender is an owner", instead: "" },
  "group.sender_listed": { means: "the sender is listed for this group", instead: "" },
  "group.open": { means: "groups are open to anyone", instead: "" },
  "group.disabled": { means: "groups are switched off", instead: "Set another `groupPolicy`." },
  "group.not_listed": { means: "the group is not listed", instead: "Add the group's id to `groups`." },
  "group.closed": { means: "this group is switched off", instead: "Set its `enabled` to true." },
  "group.sender_not_listed": {
    means: "the sender is not listed for this group",
    instead: "Add the sender's id; a pairing never counts in groups.",
  },
  "group.mention_required": {
    means: "the agent was not mentioned",
    instead: "Mention the agent, or set `requireMention` to false.",
  },
  "method.scope": { means: "the operator has the scope", instead: "" },
  "method.scope_missing": { means: "the operator lacks the method's scope", instead: "Use a device that has it." },
  "node.not_granted": { means: "nobody granted node commands", instead: askOwner },
  "send.admitted": { means: "who is admitted is answered", instead: "" },
  "send.pairing_code": { means: "a stranger gets the pairing code", instead: "" },
  "tool.owner_profile": { means: "the owner's profile has the tool", instead: "" },
  "tool.profile": { means: "the profile has the tool", instead: "" },
  "tool.also_allow": { means: "the tool was added to the profile", instead: "" },
  "tool.sender_grant": { means: "this sender was given the tool", instead: "" },
  "tool.group_also_allow": { means: "the tool was added for this place", instead: "" },
  "tool.agent_unknown": { means: "there is no such agent", instead: "Use an agent of `agents.list`." },
  "tool.not_in_profile": { means: "the profile does not have the tool", instead: askOwner },
  "tool.not_in_allow": { means: "the allow list leaves the tool out", instead: askOwner },
  "tool.not_in_sandbox": { means: "the tool is not allowed in a sandboxed session", instead: askOwner },
  "tool.denied": { means: "the tool is denied", instead: askOwner },
  "tool.denied_over_http": { means: "the tool is denied over HTTP", instead: "Use the chat, or lift it by name." },
  "tool.denied_to_subagents": { means: "sub-agents do not get this tool", instead: "Let the main agent do it." },
  "tool.owner_only": { means: "only an owner may use this tool", instead: "Ask the owner." },
  "fs.workspace_only": { means: "files stay inside the workspace", instead: "Use a path inside the workspace." },
  "exec.denied": { means: "commands are switched off", instead: askOwner },
  "exec.denied_by_call": { means: "the call itself refuses commands", instead: "Call without `security`." },
  "exec.asks_always": { means: "every host command is asked about", instead: "Use the sandbox." },
  "exec.not_allowlisted": {
    means: "the command is not on the allowlist",
    instead: "Use the sandbox, or let the owner approve this very call.",
  },
  "exec.not_allowlisted_nobody_asked": {
    means: "the command is not on the allowlist, and nobody is asked",
    instead: "Use the sandbox, or an allowlisted command.",
  },
  "exec.host_needs_owner": {
    means: "only an owner's own chat reaches past the sandbox",
    instead: "Use the sandbox.",
  },
  "exec.leaves_sandbox": {
    means: "the command would run outside the sandbox",
    instead: "Use the sandbox, or let the owner approve this very call.",
  },
  "exec.sandbox_not_proven": {
    means: "the sandbox did not prove itself",
    instead: "Run `fased doctor`; on the host every command is asked about.",
  },
  "flow.code_known": { means: "the words of a guest would run code", instead: cleanWindow },
  "flow.code_untrusted": { means: "untrusted content is in the window", instead: cleanWindow },
  "flow.code_secret": { means: "a secret is in the window", instead: cleanWindow },
  "flow.code_readers": { means: "private data is in the window", instead: cleanWindow },
  "flow.control_proposal": { means: "changes to the Gateway are proposals", instead: "Let the owner accept it." },
  "flow.send_below_owner": { means: "not only the owner's words are in the window", instead: cleanWindow },
  "flow.send_secret": { means: "a secret would leave", instead: "Leave the secret out, in a fresh session." },
  "flow.send_readers": { means: "the recipient may not read what is in the window", instead: cleanWindow },
  "flow.egress_not_plain_get": { means: "more than a plain GET", instead: "Use GET without body and headers." },
  "flow.egress_url_not_named": { means: "no person named this URL", instead: "Ask for the URL to be named." },
  "flow.egress_too_many": { means: "the turn made its tainted fetches", instead: "Go on in the next turn." },
  "flow.egress_secret_in_window": { means: "a secret is in the window", instead: cleanWindow },
  "flow.egress_secret": { means: "a secret is in the request", instead: "Leave the secret out." },
  "flow.egress_readers": { means: "private data is in the window", instead: "Ask for the URL to be named." },
  "flow.search_too_long": { means: "the query is too long", instead: "Search in at most 256 bytes." },
  "flow.search_not_owner_words": { means: "not only the owner's words", instead: "Use words that the owner wrote." },
  "flow.search_secret": { means: "a secret is in the query", instead: "Leave the secret out." },
  "flow.change_below_owner": { means: "not only the owner's words are in the window", instead: cleanWindow },
  "flow.change_secret": { means: "a secret is in the window", instead: cleanWindow },
  "flow.change_readers": { means: "private data is in the window", instead: cleanWindow },
  "flow.reply_readers": {
    means: "not everyone here may read what is in the window",
    instead: "Answer in the chat that it came from.",
  },
};

/** The text of a reason; of an unknown one, the reason itself. */
export function reasonText(reason: string): ReasonText {
  const text = Object.hasOwn(texts, reason) ? texts[reason] : undefined;
  return text ?? { means: reason, instead: askOwner };
}

/** Every reason that the engine gives. */
export const reasons: readonly string[] = Object.keys(texts);
