/**
 * Every promise of the security page, as data: the sentence as the page says it, and whether a scenario shows it.
 * A scenario cites what it shows with `verifies("id")`; `test/requirements.test.ts` compares both sides.
 */

export type Requirement = {
  readonly section: string;
  readonly sentence: string;
  /** `done`: at least one scenario shows it. `planned`: the product does not claim it yet. */
  readonly status: "done" | "planned";
};

const states = (status: Requirement["status"]) => (sentence: string) => ({ sentence, status });
const planned = states("planned");
const done = states("done");

type Sentences<Id extends string> = Record<Id, Omit<Requirement, "section">>;

function section<Id extends string>(name: string, sentences: Sentences<Id>): Record<Id, Requirement> {
  const entries = Object.entries<Omit<Requirement, "section">>(sentences);
  return Object.fromEntries(entries.map(([id, rest]) => [id, { section: name, ...rest }])) as Record<Id, Requirement>;
}

const trust = section("Trust Model", {
  "trust.operator-is-control-plane": planned(
    "Inside one Gateway, authenticated operator access is control-plane access.",
  ),
  "trust.session-keys-are-selectors": done("Session keys are routing/context selectors, not authorization tokens."),
  "trust.session-isolation": planned(
    "Per-user session isolation helps privacy, but it does not turn one shared Gateway into a hostile multi-tenant platform.",
  ),
  "trust.separate-state": planned(
    "separate credentials, workspaces, and browser profiles for separate trust boundaries",
  ),
});

const audit = section("Quick Audit", {
  "audit.runs": done("fased security audit"),
  "audit.deep": done("fased security audit --deep"),
  "audit.fix": planned("fased security audit --fix"),
  "audit.json": done("fased security audit --json"),
  "audit.checks-bind-and-auth": done("The audit checks Gateway bind/auth exposure."),
  "audit.checks-dm-and-groups": done("The audit checks DM and group policies."),
  "audit.checks-broad-tools": done("The audit checks broad tool or elevated-tool access."),
  "audit.checks-browser-and-nodes": done("The audit checks browser/node exposure."),
  "audit.checks-file-permissions": done("The audit checks weak local file permissions."),
  "audit.checks-plugins": done("The audit checks plugin loading without explicit allowlists."),
  "audit.checks-debug-flags": done("The audit checks risky debug flags."),
  "audit.checks-inactive-sandbox": done("The audit checks sandbox settings that look configured but are not active."),
  "audit.hardened-example-is-clean": done("Start private, then widen deliberately"),
  "audit.hardened-example-local": done("This keeps the Gateway local"),
  "audit.hardened-example-pairing": done("This requires DM pairing"),
  "audit.hardened-example-isolates": done("This isolates DM sessions"),
  "audit.hardened-example-tools": done("This keeps control-plane/runtime tools out of normal chat paths."),
});

const network = section("Network Exposure", {
  "network.auth-required": done("Gateway auth is required for any non-trivial deployment."),
  "network.loopback-with-token": done('gateway.bind: "loopback" with token auth.'),
  "network.tailnet": planned("Tailscale Serve, a direct tailnet path, or SSH tunnel."),
  "network.trusted-proxies": planned("Trusted reverse proxy with explicit gateway.trustedProxies."),
  "network.lan-is-deliberate": planned("LAN/custom bind only when intentional, authenticated, and firewalled."),
  "network.no-open-bind": done("Avoid unauthenticated 0.0.0.0."),
  "network.no-raw-forwarding": planned("Avoid public port forwarding to the raw Gateway."),
  "network.no-foreign-identity-headers": planned("Avoid forwarding Tailscale identity headers from a custom proxy."),
  "network.session-key-is-no-auth": done("Avoid relying on sessionKey as an auth boundary."),
  "network.proxy-overwrites-headers": planned("For proxy deployments: make the proxy overwrite forwarding headers."),
  "network.proxy-auth": planned("For proxy deployments: use token/password or trusted-proxy auth."),
  "network.allowed-origins": planned(
    "set gateway.controlUi.allowedOrigins when browser Origin differs from the Gateway origin",
  ),
});

const controlUi = section("Control UI Auth", {
  "ui.secure-context": planned("The Control UI needs a secure browser context: HTTPS or localhost."),
  "ui.token-mode": done('gateway.auth.mode: "token": shared bearer token.'),
  "ui.password-mode": planned('gateway.auth.mode: "password": password auth, preferably from env.'),
  "ui.trusted-proxy-mode": planned('gateway.auth.mode: "trusted-proxy": trust an identity-aware proxy.'),
  "ui.insecure-auth-is-local": planned("gateway.controlUi.allowInsecureAuth: local compatibility switch only."),
  "ui.insecure-auth-is-no-bypass": planned(
    "allowInsecureAuth is not a remote-auth bypass. Remote clients still need the right Gateway auth/device flow.",
  ),
  "ui.device-auth-break-glass": planned("gateway.controlUi.dangerouslyDisableDeviceAuth: break-glass only."),
  "ui.device-auth-downgrade-is-shown": planned(
    "dangerouslyDisableDeviceAuth is a severe downgrade and should be temporary.",
  ),
});

const access = section("DM And Group Access", {
  "dm.pairing": done("pairing: Unknown sender gets a pairing code; owner approves."),
  "dm.allowlist": done("allowlist: Only configured/approved senders can message."),
  "dm.open": done('open: Anyone can DM; requires explicit "*" opt-in.'),
  "dm.disabled": done("disabled: Ignore inbound DMs."),
  "group.allowlist-and-mention": done("Group policy should normally be allowlist plus mention gating."),
  "group.no-broad-tools": planned("Public or multi-person rooms should not have broad tools."),
  "dm.scope-per-channel-peer": done(
    'If more than one person can DM an Agent, set: { session: { dmScope: "per-channel-peer" } }',
  ),
  "dm.scope-per-account": done("For multiple accounts on the same channel, use per-account-channel-peer."),
});

const tools = section("Tool Authority", {
  "tools.exec": done("High-impact surfaces: exec / process."),
  "tools.files": done("High-impact surfaces: filesystem read/write/edit/apply_patch."),
  "tools.browser": planned("High-impact surfaces: browser control."),
  "tools.gateway": planned("High-impact surfaces: gateway config/update calls."),
  "tools.schedules": planned("High-impact surfaces: cron/task creation from untrusted paths."),
  "tools.sessions": planned("High-impact surfaces: session tools that can inspect or message other sessions."),
  "tools.nodes": planned(
    "High-impact surfaces: node commands such as camera, screen, contacts, calendar, SMS, or shell.",
  ),
  "tools.reader-block": planned("For any Agent that reads untrusted content, start with: { tools: { deny: [ … ] } }"),
  "tools.workspace-only": done("fs: { workspaceOnly: true }"),
  "tools.elevated-off": planned("elevated: { enabled: false }"),
  "tools.profile-per-agent": planned("Use per-Agent tool profiles for different roles."),
});

const sandbox = section("Sandboxing", {
  "sandbox.not-access-control": planned(
    "Sandboxing is a tool-execution boundary, not a replacement for channel access control.",
  ),
  "sandbox.whole-gateway": planned("run the whole Gateway in Docker"),
  "sandbox.isolated-tools": planned("run host Gateway with Docker-isolated tools through agents.defaults.sandbox"),
  "sandbox.workspace-access": planned('keep workspaceAccess: "none" or "ro" for agents that do not need write access'),
  "sandbox.scope": planned('keep scope: "agent" or "session" for isolation'),
  "sandbox.off-means-host": planned(
    "if sandbox mode is off, exec runs on the Gateway host unless your tool policy denies it or exec approval blocks it",
  ),
});

const devices = section("Browser And Node Control", {
  "browser.dedicated-profile": planned("use a dedicated browser profile for Fased"),
  "browser.no-daily-profile": planned("avoid personal daily-driver profiles"),
  "browser.tailnet-only": planned("keep browser/node hosts on tailnet-only access"),
  "browser.proxy-routing-off": planned("disable browser proxy routing when not needed"),
  "nodes.pairing-is-operator-level": planned("pair nodes deliberately and treat node pairing as operator-level access"),
  "browser.relay-is-deliberate": planned(
    "Chrome extension relay mode can control existing Chrome tabs. Use it only when that is intentional.",
  ),
});

const injection = section("Prompt Injection", {
  "injection.untrusted-content": done(
    "Treat untrusted messages, links, files, emails, pages, and attachments as adversarial input.",
  ),
  "injection.pairing-and-allowlists": done("Hard controls: pairing/allowlists."),
  "injection.mention-gates": done("Hard controls: group mention gates."),
  "injection.minimal-tools": done("Hard controls: minimal tools."),
  "injection.sandboxing": planned("Hard controls: sandboxing."),
  "injection.file-roots": done("Hard controls: restricted file roots."),
  "injection.reader-agents": planned(
    "reader/summarizer Agents for untrusted content before passing summaries to a higher-authority Agent",
  ),
  "injection.hooks-flag-off": planned(
    "Keep external-content bypass flags off: hooks.mappings[].allowUnsafeExternalContent",
  ),
  "injection.gmail-flag-off": planned("Keep external-content bypass flags off: hooks.gmail.allowUnsafeExternalContent"),
  "injection.cron-flag-off": planned(
    "Keep external-content bypass flags off: cron payload field allowUnsafeExternalContent",
  ),
});

const privacy = section("Secrets, Logs, And Transcripts", {
  "files.config": done("Treat as private: ~/.fased/fased.json"),
  "files.credentials": done("Treat as private: ~/.fased/credentials/**"),
  "files.auth-profiles": planned("Treat as private: ~/.fased/agents/<agentId>/agent/auth-profiles.json"),
  "files.secrets": planned("Treat as private: ~/.fased/secrets.json"),
  "files.sessions": done("Treat as private: ~/.fased/agents/<agentId>/sessions/**"),
  "files.extensions": planned("Treat as private: ~/.fased/extensions/**"),
  "files.sandboxes": planned("Treat as private: ~/.fased/sandboxes/**"),
  "files.modes": done("use 700 on directories and 600 on private files"),
  "logs.redaction": done("keep logging.redactSensitive enabled"),
  "logs.redaction-patterns": planned("add environment-specific redaction patterns"),
  "logs.pruning": planned("prune old logs/transcripts when no longer needed"),
  "logs.diagnostics": planned("review diagnostics before sharing"),
});

const plugins = section("Plugins And Dynamic Skills", {
  "plugins.explicit-allow": planned("Prefer explicit plugins.allow."),
  "plugins.review": planned("Review plugin config before enabling."),
  "plugins.pinned": planned("Pin package versions when installing from registries."),
  "plugins.restart": planned("Restart the Gateway after plugin changes."),
  "plugins.skill-folders": planned("Restrict who can modify skill folders."),
});

const incident = section("Incident Response", {
  "incident.stop": planned("Stop the Gateway or app supervisor."),
  "incident.close-exposure": planned("Close exposure: return gateway.bind to loopback and disable public access."),
  "incident.freeze-channels": done('Freeze risky channels: use dmPolicy: "disabled" or stricter allowlists.'),
  "incident.rotate-gateway-auth": planned("Rotate Gateway auth and remote client credentials."),
  "incident.rotate-providers": planned("Rotate provider/channel/model credentials if they may have leaked."),
  "incident.review": planned("Review logs, session transcripts, and recent config changes."),
  "incident.deep-audit": done("Run fased security audit --deep."),
  "incident.report": planned(
    "Collect for a report: timestamp and Fased version; OS/host shape; redacted transcript and log excerpt; exact inbound message/content; whether the Gateway was exposed beyond loopback.",
  ),
});

export const requirements = {
  ...trust,
  ...audit,
  ...network,
  ...controlUi,
  ...access,
  ...tools,
  ...sandbox,
  ...devices,
  ...injection,
  ...privacy,
  ...plugins,
  ...incident,
};

export type RequirementId = keyof typeof requirements;

/**
 * Cites the promises that a scenario shows. Call it with literals, in the scenario: the coverage test reads them from
 * the source. To take a promise into force, write its scenario and say `done` instead of `planned` above.
 */
export function verifies(...ids: readonly RequirementId[]): void {
  for (const id of ids) {
    if (!(id in requirements)) throw new Error(`no promise is called ${id}`);
  }
}
