/** What clients rely on: the scope of every method and event, and the codes of refusals beside the policy's own. */
import { expect, test } from "vitest";
import { eventScopes } from "../../src/gateway/events.ts";
import { methodTable } from "../../src/gateway/methods/table.ts";
import { killPoints } from "../../src/sessions/kill-points.ts";
import { readSources, repositoryRoot } from "../architecture/source.ts";

/** Scope and whether it answers in recovery mode (`core`) → methods. */
const methods: Readonly<Record<string, string>> = {
  "operator.admin core": `
    config.patch config.schema config.set
  `,
  "operator.admin running": `
    models.auth.clear models.auth.configure models.local.accept policy.accept sessions.delete
    sessions.reset
  `,
  "operator.approvals running": `
    exec.approval.get exec.approval.grants.list exec.approval.grants.revoke exec.approval.list
    exec.approval.request exec.approval.resolve exec.approval.waitDecision
  `,
  "operator.pairing core": `
    device.pair.approve device.pair.list device.pair.reject device.pair.remove device.pair.rename
    device.token.revoke device.token.rotate
  `,
  "operator.pairing running": `
    channels.pairing.approve channels.pairing.dismiss channels.pairing.list channels.pairing.revoke
  `,
  "operator.read core": `
    config.get health logs.tail security.audit security.explain security.whoCan status system-presence
  `,
  "operator.read running": `
    agents.list channels.status chat.history ledger.list ledger.verify messages.why models.auth.status
    models.list models.local.list policy.pending sessions.context sessions.list sessions.preview
  `,
  "operator.write running": `
    agent agent.wait chat.abort chat.send sessions.keep sessions.undo
  `,
};

const events: Readonly<Record<string, string>> = {
  any: `
    shutdown tick
  `,
  "operator.approvals": `
    exec.approval.requested exec.approval.resolved
  `,
  "operator.pairing": `
    channels.pairing.changed device.pair.requested device.pair.resolved
  `,
  "operator.read": `
    agent chat health policy.pending presence sessions.changed
  `,
};

/** Folder → codes that it gives beside the policy's reasons (`src/policy/reasons.test.ts`). */
const codes: Readonly<Record<string, string>> = {
  "src/guard": `
    engine.rule_threw guard.failed guard.unsealed ledger.anchor_forged ledger.break ledger.chain_broken
    ledger.head_forged ledger.head_missing ledger.key_missing ledger.last_row_changed ledger.rolled_back
    ledger.row_changed ledger.row_missing ledger.rows_added ledger.truncated ledger.unwritable
  `,
  "src/inbound": `
    approval.not_approver approval.settled approval.unknown channel.disabled delivery.failed delivery.unknown
    dm.disabled dm.not_listed dm.pairing_limited dm.pairing_required group.disabled group.mention_required
    group.not_listed group.sender_not_listed message.\${envelope.form}_ignored message.button_ignored
    message.edit_ignored message.reaction_ignored queue.closed turn.crashed turn.stopped turn.store_failed
  `,
};

const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();

function grouped(entries: readonly (readonly [string, string])[]): Record<string, readonly string[]> {
  const groups = Map.groupBy(entries, ([, key]) => key);
  return Object.fromEntries([...groups].map(([key, of]) => [key, of.map(([name]) => name).sort()]));
}

const pinned = (table: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(table).map(([key, text]) => [key, words(text)]));

test("the scope of every method", () => {
  const entries = methodTable.map(({ name, scope, needs }) => [name, `${scope} ${needs}`] as const);
  expect(grouped(entries)).toEqual(pinned(methods));
});

test("the scope of every event", () => {
  expect(grouped(Object.entries(eventScopes))).toEqual(pinned(events));
});

/** What is written like a code and is none: kinds of actions, scopes, fields; and the steps of the kill proof. */
const otherWords =
  /^(?:message\.(?:deliver|send)|method\.call|tool\.call|node\.invoke|chat\.id|file\.not_found|operator\.\w+)$/;
const isCode = (word: string) => !otherWords.test(word) && !killPoints.some((point) => point === word);

test.each(Object.keys(codes))("the codes of %s", (folder) => {
  const text = readSources(repositoryRoot, [folder])
    .filter(({ path }) => !path.endsWith(".test.ts"))
    .map((source) => source.text.replaceAll(/^import .*$/gm, ""))
    .join("\n");
  const found = [...text.matchAll(/["`]([a-z]+\.[a-z_$][a-z_.${}]*)["`]/g)].map(([, code = ""]) => code);
  expect([...new Set(found)].filter(isCode).sort()).toEqual(words(codes[folder] ?? ""));
});
