import { expect, test } from "vitest";
import { reasons, reasonText } from "./reasons.ts";

/** Codes are stable: people, logs and dashboards refer to them. One is added here on purpose, never renamed. */
const pinned = `
  channel.disabled channel.not_configured
  dm.disabled dm.listed dm.not_listed dm.open dm.owner dm.paired dm.pairing_required
  engine.no_policy engine.rule_threw
  exec.asks_always exec.denied exec.denied_by_call exec.host_needs_owner exec.leaves_sandbox exec.not_allowlisted
  exec.not_allowlisted_nobody_asked exec.sandbox_not_proven
  flow.change_below_owner flow.change_readers flow.change_secret flow.code_known flow.code_readers flow.code_secret
  flow.code_untrusted flow.control_proposal flow.egress_not_plain_get flow.egress_readers flow.egress_secret
  flow.egress_secret_in_window flow.egress_too_many flow.egress_url_not_named flow.reply_readers
  flow.search_not_owner_words flow.search_secret flow.search_too_long flow.send_below_owner flow.send_readers
  flow.send_secret
  fs.workspace_only
  group.closed group.disabled group.mention_required group.not_listed group.open group.owner group.sender_listed
  group.sender_not_listed
  method.scope method.scope_missing
  node.not_granted
  operator.control operator.required operator.write_scope_missing
  send.admitted send.pairing_code
  tool.agent_unknown tool.also_allow tool.denied tool.denied_over_http tool.denied_to_subagents tool.group_also_allow
  tool.not_in_allow tool.not_in_profile tool.not_in_sandbox tool.owner_only tool.owner_profile tool.profile
  tool.sender_grant
`;

const grants = [
  "operator.control",
  "dm.owner",
  "dm.listed",
  "dm.paired",
  "dm.open",
  "group.owner",
  "group.sender_listed",
];
grants.push("group.open", "method.scope", "send.admitted", "send.pairing_code", "tool.owner_profile", "tool.profile");
grants.push("tool.also_allow", "tool.sender_grant", "tool.group_also_allow");

test("the reasons are exactly these", () => {
  expect([...reasons].sort()).toEqual(pinned.split(/\s+/).filter(Boolean).sort());
});

test.each(reasons)("%s says what it means, and what to do where it stands in the way", (reason) => {
  const { means, instead } = reasonText(reason);
  expect(means).toMatch(/^[a-z].*[^.]$/i);
  if (grants.includes(reason)) expect(instead).toBe("");
  else expect(instead).toMatch(/^[A-Z].*\.$/);
});
