/** What a Gateway in daily use would say. Times are relative to the start of the test. */
const minute = 60_000;
const hour = 60 * minute;

export const mainKey = "agent:main:main";

export function sessionsData(now: number) {
  const session = (key: string, title: string, more: object) => ({
    ...{ key, title, sessionId: `s-${key}`, agent: "main", agentId: "main", kind: "direct", channel: "webchat" },
    ...{ createdAt: now - 48 * hour, updatedAt: now, status: "done", state: "done" },
    ...more,
  });
  return [
    session(mainKey, "Release checklist", {
      updatedAt: now - 3 * minute,
      lastMessage: "Two files changed, tests pass.",
    }),
    session("agent:main:telegram:direct:1187", "Friend on Telegram", {
      ...{
        channel: "telegram",
        updatedAt: now - 26 * minute,
        lastMessage: "Can you send me the address?",
        state: "parked",
      },
    }),
    session("agent:main:irc:group:#garden", "#garden", {
      ...{ channel: "irc", kind: "group", updatedAt: now - 5 * hour, lastMessage: "the frost is over" },
    }),
  ];
}

export function historyData(now: number) {
  const at = (minutes: number) => now - minutes * minute;
  const text = (value: string) => [{ type: "text", text: value }];
  const call = (id: string, name: string, args: object) => [{ type: "toolCall", id, name, arguments: args }];
  return [
    { id: 1, role: "user", content: text("Run the tests and fix the date in notes.md"), timestamp: at(9), speaker: "" },
    { id: 2, role: "assistant", content: call("c1", "exec", { command: "npm test" }), timestamp: at(9) },
    {
      ...{ id: 3, role: "toolResult", toolCallId: "c1", toolName: "exec", isError: false, timestamp: at(9) },
      content: text("\u001B[32m✓\u001B[39m 214 passed\nDuration 3.1 s"),
      details: { exitCode: 0, durationMs: 3120, sandbox: "proven" },
    },
    { id: 4, role: "assistant", content: call("c2", "edit", { path: "notes.md" }), timestamp: at(8) },
    {
      ...{ id: 5, role: "toolResult", toolCallId: "c2", toolName: "edit", isError: false, timestamp: at(8) },
      content: text("Edited notes.md"),
      details: {
        ...{ durationMs: 4, path: "notes.md" },
        diff: "--- a/notes.md\n+++ b/notes.md\n@@ -3,3 +3,3 @@\n # Release\n-Planned for 11 November.\n+Planned for 22 November.\n Owner: Friend\n",
      },
    },
    {
      ...{ id: 6, role: "assistant", timestamp: at(8) },
      content: text(
        "All **214 tests** pass, and the date in `notes.md` now reads 22 November.\n\n- The sandbox had no network, so nothing was published.\n- The changelog still names the old date; say *fix it* and I will.\n\n| step | state |\n|---|---|\n| tests | passed |\n| notes | changed |\n\nSee the [release guide](https://docs.example.org/release).",
      ),
    },
  ];
}

export function approvalData(now: number) {
  return {
    ...{ id: "ap-1", state: "pending", createdAt: now - 2 * minute, expiresAt: now + 23 * hour, agent: "main" },
    ...{ sessionKey: mainKey, runId: "run-9", tool: "exec", asker: "You, in the web chat" },
    words: "amber-fjord-lantern",
    hash: "9f2c61d07a3b",
    title: "Run a command on the host",
    exactly: [
      { label: "Command", text: "git push origin main --follow-tags", mono: true },
      { label: "Folder", text: "/home/friend/work/garden", mono: true },
    ],
    where: "host",
    why: "Host commands ask every time (tools.exec.ask), and a web page is in the agent's mind.",
    sources: [{ handle: "h-31", kind: "web page", host: "docs.example.org" }],
    diffs: [],
  };
}

export function secondApproval(now: number) {
  return {
    ...approvalData(now),
    ...{ id: "ap-2", createdAt: now - 6 * minute, asker: "Friend on Telegram", tool: "message", where: "channel" },
    ...{
      sessionKey: "agent:main:telegram:direct:1187",
      words: "copper-meadow-violin",
      title: "Send a message to Neighbour on Telegram",
    },
    exactly: [
      { label: "To", text: "telegram:99120 (Neighbour)", mono: true },
      { label: "Text", text: "The meeting is at 14:00 in the small room.\nBring the keys.", mono: false },
    ],
    why: "The recipient is not the person who wrote (flow.send).",
    sources: [],
  };
}

export function statusData(now: number) {
  return {
    ...{ version: "0.1.0", mode: "normal", startedAt: now - 5 * hour, stateDirectory: "/home/friend/.fased" },
    ...{ configPath: "/home/friend/.fased/fased.json", workspace: "/home/friend/.fased/workspace" },
    model: { provider: "offline", id: "assistant", offline: true },
    sandbox: { state: "proven", detail: "bubblewrap 0.8, no network, workspace mounted" },
    queue: { running: 1, waiting: 0, parked: 2 },
    policyEpoch: 7,
    problems: [
      {
        ...{
          code: "config.not_shipped",
          message: "`channels.signal` is known but not part of this version",
          path: "channels.signal",
        },
        ...{ line: 31, fix: "Nothing to do: the section is kept and not used." },
      },
    ],
    dangerousFlags: [],
    restartKeys: [],
  };
}

export const recoveryStatus = {
  mode: "recovery",
  problems: [
    {
      ...{
        code: "config.unknown_key",
        message: "unknown key `gatewey`, did you mean `gateway`?",
        path: "gatewey",
        line: 4,
      },
      fix: "Rename `gatewey` to `gateway` in line 4.",
    },
    {
      ...{
        code: "config.env_missing",
        message: "the variable FASED_GATEWAY_TOKEN is not set",
        path: "gateway.auth.token",
        line: 5,
      },
      fix: "Set it in ~/.fased/.env, or write a token here.",
    },
  ],
};

export const configText = `{
  // The Gateway of this house.
  gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "__FASED_REDACTED__" } },
  session: { dmScope: "per-channel-peer", ownerScope: "main" },
  channels: {
    defaults: { groupPolicy: "allowlist" },
    telegram: { dmPolicy: "pairing", botToken: "__FASED_REDACTED__" },
  },
}
`;

export function findingsData() {
  return [
    {
      ...{
        checkId: "reach.stranger_run",
        severity: "critical",
        title: "Anyone who writes a direct message can run commands",
      },
      sentence: "A stranger on Telegram can make agent main run commands on the host.",
      detail:
        "Any other telegram sender in a direct chat may use exec of agent main: the profile has the tool (tool.profile; tools.profile).\n- telegram, direct message: agent main, exec on the host",
      path: [
        "telegram, direct message: Any other telegram sender in a direct chat may write to the agent: direct messages are open to anyone (dm.open; channels.telegram.dmPolicy).",
        "agent main answers",
        "exec on the host: allow (tool.profile, tools.profile)",
      ],
      because: [
        {
          ...{ id: "dm.open", origin: "channels.telegram.dmPolicy", file: "/home/friend/.fased/fased.json", line: 7 },
          text: 'telegram: { dmPolicy: "open", allowFrom: ["*"], botToken: "__FASED_REDACTED__" },',
        },
        { id: "tool.profile", origin: "tools.profile", file: "/home/friend/.fased/fased.json", line: 5 },
      ],
      remediation: 'let strangers pair first (dmPolicy "pairing"); or deny the tool',
      fix: {
        ...{ file: "/home/friend/.fased/fased.json", patch: "{}", baseHash: "h", more: 3 },
        diff: '@@ -6,3 +6,3 @@\n     defaults: { groupPolicy: "allowlist" },\n-    telegram: { dmPolicy: "open", allowFrom: ["*"] },\n+    telegram: { dmPolicy: "pairing" },\n   },',
        narrowed: [
          {
            ...{ who: "stranger@telegram", what: "exec", effect: "deny" },
            sentence: "Any other telegram sender in a direct chat may not use exec of agent main.",
          },
        ],
      },
    },
    {
      ...{ checkId: "sandbox.not_proven", severity: "warn", title: "The sandbox does not prove itself" },
      detail: "User namespaces are denied on this host, so commands run on the host and ask every time.",
      remediation: "sysctl kernel.unprivileged_userns_clone=1",
    },
    {
      ...{ checkId: "gateway.trusted_proxies_missing", severity: "info", title: "No trusted proxy is named" },
      detail: "Right on loopback. Name your proxy before you put one in front.",
    },
  ];
}

export function whyData(now: number) {
  return [
    {
      ...{ at: now - 12 * minute, channel: "telegram", sender: "Guest (telegram:77120)", code: "dm.pairing_required" },
      ...{
        text: "The sender is not paired yet",
        fix: "Let them in under People & channels, or run fased pairing approve telegram K7QX2MHD.",
      },
    },
    {
      ...{ at: now - 3 * hour, channel: "irc", sender: "visitor!~v@host", code: "group.mention_required" },
      ...{
        text: "The message in #garden did not mention the bot",
        fix: "Write the bot's name, or set requireMention to false for #garden.",
      },
    },
  ];
}

export function ledgerData(now: number) {
  const row = (seq: number, [who, what, effect, reason, summary]: readonly string[]) => ({
    ...{ seq, at: now - (60 - seq) * minute, who, what, effect, reason, summary },
  });
  return [
    row(58, ["owner (web chat)", "tool.call exec", "allow", "flow.sandboxed", "npm test"]),
    row(57, ["telegram:77120", "message.deliver", "challenge", "dm.pairing_required", "a code was sent"]),
    row(56, ["telegram:1187", "tool.call message", "ask", "flow.send", "to telegram:99120"]),
    row(55, ["irc:visitor!~v@host", "message.deliver", "deny", "group.mention_required", "#garden"]),
  ];
}

export const reachData = [
  {
    who: "owner",
    what: "exec",
    effect: "allow",
    sentence: "The owner may run commands in the sandbox; on the host each one asks.",
  },
  {
    who: "telegram:1187 (paired)",
    what: "exec",
    effect: "deny",
    sentence: "The profile of paired senders has no exec.",
  },
  { who: "stranger", what: "exec", effect: "deny", sentence: "A stranger is not let in." },
  { who: "operator over HTTP", what: "exec", effect: "ask", sentence: "HTTP calls of exec ask the owner." },
];
