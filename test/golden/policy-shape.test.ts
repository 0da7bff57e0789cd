/**
 * What a policy is made of, and what a survey sees of it, as text: a rule, an id, a key or a cell that comes, goes or is
 * renamed shows as a changed line. `vitest run test/golden/policy-shape.test.ts -u` writes the files again.
 */
import { expect, test } from "vitest";
import { noGrants } from "../../src/policy/grants.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { type Cell, diffPolicies, survey, whoCan } from "../../src/policy/survey.ts";
import { universeOf } from "../../src/policy/universe.ts";
import { policyOf } from "../policy/requests.ts";

const everyLayer = {
  gateway: { tools: { allow: ["cron"], deny: ["tts"] } },
  security: { owners: [{ channel: "telegram", id: "1" }] },
  tools: {
    profile: "coding",
    alsoAllow: ["tts"],
    deny: ["canvas", "cron:remove"],
    byProvider: { Anthropic: { profile: "minimal", alsoAllow: ["read"] }, "openai/gpt-5": { allow: ["exec"] } },
    subagents: { tools: { alsoAllow: ["session_status"], deny: ["write"] } },
    sandbox: { tools: { allow: ["read", "exec"], deny: ["process"] } },
    exec: { tasks: [{ name: "build", argv: ["/usr/bin/make", "all"] }] },
  },
  agents: {
    list: [
      { id: "main", sandbox: { mode: "non-main" } },
      {
        id: "own",
        sandbox: { mode: "all" },
        tools: {
          profile: "messaging",
          ownerProfile: "minimal",
          allow: ["read", "made_here"],
          deny: ["write"],
          fs: { workspaceOnly: true },
          exec: { security: "deny", ask: "always" },
          sandbox: { tools: { allow: ["read"], deny: ["edit"] } },
          subagents: { tools: { allow: ["read"], deny: ["exec"] } },
          byProvider: { mistral: { deny: ["exec"] } },
        },
      },
    ],
  },
  channels: {
    telegram: {
      dmPolicy: "allowlist",
      allowFrom: ["tg:2", " 3 "],
      groupPolicy: "allowlist",
      groupAllowFrom: ["2"],
      toolsBySender: { "2": { allow: ["exec"] }, "*": { deny: ["process"] } },
      groups: {
        "-100": { tools: { alsoAllow: ["web_search"] }, topics: { "7": { requireMention: false } } },
        "*": { requireMention: true },
      },
    },
    irc: {
      host: "irc.example.net",
      nick: "fased",
      dmPolicy: "pairing",
      accounts: { second: { dmPolicy: "disabled" } },
    },
  },
};

const oneChat = {
  tools: { profile: "messaging", ownerProfile: "full", alsoAllow: ["message", "cron:list"] },
  agents: { defaults: { sandbox: { mode: "all" } } },
  channels: { telegram: { dmPolicy: "allowlist", allowFrom: ["2"], groupPolicy: "disabled" } },
};

const isOperator = ({ subject }: Cell) => subject.principal.kind === "operator";
const line = ({ key, decision }: Cell) => `${key} | ${decision.effect} ${decision.reason}`;

function rulesOf(policy: Policy): string {
  const rules = policy.parts.flatMap(({ rules: set }) => set.rules);
  const lines = rules.map(({ id, origin, effect, on, key, flow }) => [on, effect, id, origin, key, flow].join(" | "));
  return `${lines.join("\n")}\n`;
}

test("the rules of a policy that uses every layer", async () => {
  await expect(rulesOf(policyOf(everyLayer))).toMatchFileSnapshot("policy-shape/rules.txt");
});

test("the universe of a policy that uses every layer", async () => {
  const { subjects, ...lists } = universeOf(policyOf(everyLayer));
  const lines = [...subjects, lists].map((part) => JSON.stringify(part));
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("policy-shape/universe.txt");
});

test("every cell of one chat and the operators", async () => {
  const lines = survey(policyOf(oneChat)).map(line);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("policy-shape/cells.txt");
});

test("the witness of each way in which a tool can be called", async () => {
  const cells = survey(policyOf({ ...oneChat, tools: everyLayer.tools })).filter(isOperator);
  const wanted = /\b(read|write|exec|cron:remove|web_fetch|web_search|message|gateway|nodes) /;
  const lines = cells
    .filter(({ key }) => wanted.test(key) && (key.includes(" - ") || key.includes(" Anthropic ")))
    .map(({ request }) => JSON.stringify(request));
  expect(lines.length).toBeGreaterThan(20);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("policy-shape/witnesses.txt");
});

test("who can call a tool, and what a change of it lets through", async () => {
  const before = policyOf(oneChat);
  const after = policyOf({ ...oneChat, channels: { telegram: { dmPolicy: "open", allowFrom: ["*"] } } }, noGrants);
  const { widened, narrowed } = diffPolicies(before, after);
  const changed = (cell: (typeof widened)[number]) => `${line(cell)} | was ${JSON.stringify(cell.before)}`;
  const lines = [
    ...["exec", "message", "read", "fresh_tool"].flatMap((tool) =>
      whoCan(before, tool).map((cell) => `${tool} ${line(cell)}`),
    ),
    ...widened.map((cell) => `wider ${changed(cell)}`),
    ...narrowed.map((cell) => `narrower ${changed(cell)}`),
  ];
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("policy-shape/who-can.txt");
});
