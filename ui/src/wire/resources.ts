/** Everything that more than one place shows. */

import { record } from "./frames.ts";
import { call } from "./link.ts";
import { createResource } from "./resource.ts";
import { listUnder } from "./shape.ts";
import {
  approvalList,
  auditView,
  channelStatusList,
  configSnapshot,
  deviceList,
  ledgerList,
  localServerList,
  modelList,
  pendingPolicy,
  providerAuthList,
  senderList,
  sessionView,
  statusView,
  unansweredList,
} from "./views.ts";

const sessionsMax = 200;
const unansweredMax = 100;
const ledgerMax = 200;

export const approvals = createResource({
  what: "The waiting requests could not be read",
  fetch: () => call("exec.approval.list", {}, approvalList),
  events: ["exec.approval.requested", "exec.approval.resolved"],
});

export const sessions = createResource({
  what: "The sessions could not be read",
  fetch: () =>
    call(
      "sessions.list",
      { limit: sessionsMax, includeLastMessage: true, includeDerivedTitles: true },
      listUnder(["sessions"], sessionView),
    ),
  events: ["sessions.changed"],
});

export const status = createResource({
  what: "The status could not be read",
  fetch: () => call("status", {}, statusView),
  events: ["health", "policy.pending"],
});

export const channels = createResource({
  what: "The channels could not be read",
  fetch: () => call("channels.status", {}, channelAccounts),
  events: ["health"],
});

export const senders = createResource({
  what: "The requests of senders could not be read",
  fetch: () => call("channels.pairing.list", {}, senderList),
  events: ["channels.pairing.changed"],
});

export const devices = createResource({
  what: "The devices could not be read",
  fetch: () => call("device.pair.list", {}, deviceList),
  events: ["device.pair.requested", "device.pair.resolved"],
});

export const models = createResource({
  what: "The models could not be read",
  fetch: () => call("models.list", {}, modelList),
});

export const providers = createResource({
  what: "The providers could not be read",
  fetch: () => call("models.auth.status", {}, providerAuthList),
});

export const localServers = createResource({
  what: "Local model servers could not be looked up",
  fetch: () => call("models.local.list", {}, localServerList),
});

export const audit = createResource({
  what: "The audit did not run",
  fetch: () => call("security.audit", {}, auditView),
  events: ["policy.pending"],
});

export const policy = createResource({
  what: "The waiting change could not be read",
  fetch: () => call("policy.pending", {}, pendingPolicy),
  events: ["policy.pending"],
});

export const unanswered = createResource({
  what: "Messages without an answer could not be read",
  fetch: () => call("messages.why", { limit: unansweredMax }, unansweredList),
  events: ["sessions.changed", "channels.pairing.changed"],
});

export const config = createResource({
  what: "The config could not be read",
  fetch: () => call("config.get", {}, configSnapshot),
  events: ["policy.pending"],
});

export const ledger = createResource({
  what: "The decisions could not be read",
  fetch: () => call("ledger.list", { limit: ledgerMax }, ledgerList),
});

/** `channels.status` groups accounts by channel; the page shows them as one list, with the Gateway's names. */
function channelAccounts(payload: unknown) {
  const answer = record(payload);
  const labels = record(answer["channelLabels"]);
  return Object.entries(record(answer["channelAccounts"])).flatMap(([channel, accounts]) =>
    channelStatusList(accounts).map((account) => ({
      ...account,
      channel: account.channel === "" ? channel : account.channel,
      label: typeof labels[channel] === "string" ? String(labels[channel]) : channel,
    })),
  );
}
