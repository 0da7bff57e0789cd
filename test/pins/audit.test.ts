/** Ids of findings and the shape of what `fased security --json` prints: scripts rely on them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { permissionFault } from "../../src/audit/path-faults.ts";
import { reachIds } from "../../src/audit/reach.ts";
import { probeGateway } from "../../src/cli/machine-probes.ts";
import { securityCommand } from "../../src/cli/security.ts";
import { pathKinds } from "../../src/platform/state-paths.ts";
import { readSources, repositoryRoot } from "../architecture/source.ts";
import { proven } from "../audit/audited.ts";
import { runCli } from "../fakes/cli.ts";

const fixedIds: Readonly<Record<string, readonly string[]>> = {
  browser: ["control_invalid_config", "control_no_auth", "remote_cdp_http"],
  channels: [
    "discord.allowFrom.name_based_entries",
    "discord.commands.native.no_allowlists",
    "discord.commands.native.unrestricted",
    "irc.allowFrom.invalid_entries",
    "irc.mutable_identity",
    "slack.commands.slash.no_allowlists",
    "slack.commands.slash.useAccessGroups_off",
    "telegram.allowFrom.invalid_entries",
    "telegram.groups.allowFrom.missing",
    "telegram.groups.allowFrom.wildcard",
  ],
  config: [
    "insecure_or_dangerous_flags",
    "invalid",
    "not_used",
    "not_written",
    "notes",
    "secrets.gateway_password_in_config",
    "secrets.hooks_token_in_config",
    "secrets.literal_in_config",
  ],
  discovery: ["mdns_full_mode"],
  fs: ["not_all_checked", "synced_dir", "unreadable"],
  gateway: [
    "auth_no_rate_limit",
    "bind_no_auth",
    "control_ui.allowed_origins_required",
    "control_ui.device_auth_disabled",
    "control_ui.host_header_origin_fallback",
    "control_ui.insecure_auth",
    "http.no_auth",
    "http.session_key_override_enabled",
    "loopback_no_auth",
    "nodes.allow_commands_dangerous",
    "nodes.deny_commands_ineffective",
    "probe_failed",
    "real_ip_fallback_enabled",
    "tailscale_funnel",
    "tailscale_serve",
    "token_is_example",
    "token_too_short",
    "tools_invoke_http.dangerous_allow",
    "trusted_proxies_missing",
    "trusted_proxy_auth",
    "trusted_proxy_no_allowlist",
    "trusted_proxy_no_proxies",
    "trusted_proxy_no_user_header",
  ],
  grants: ["inert", "unreadable"],
  hooks: [
    "default_session_key_unset",
    "path_root",
    "request_session_key_enabled",
    "request_session_key_prefixes_missing",
    "token_reuse_gateway_token",
    "token_too_short",
  ],
  logging: ["redact_off"],
  models: ["legacy", "small_params", "weak_tier"],
  plugins: ["code_safety.entry_escape", "code_safety.entry_path", "code_safety.scan_failed", "extensions_no_allowlist"],
  policy: ["waits_for_consent"],
  sandbox: [
    "bind_mount_non_absolute",
    "browser_cdp_bridge_unrestricted",
    "dangerous_apparmor_profile",
    "dangerous_bind_mount",
    "dangerous_network_mode",
    "dangerous_seccomp_profile",
    "docker_config_mode_off",
    "not_proven",
  ],
  security: [
    "exposure.open_groups_with_elevated",
    "exposure.open_groups_with_runtime_or_fs",
    "flow_observed",
    "rule_of_two",
    "trust_model.multi_user_heuristic",
  ],
  summary: ["attack_surface"],
  tools: [
    "exec.host_sandbox_no_sandbox_agents",
    "exec.host_sandbox_no_sandbox_defaults",
    "exec.safe_bin_trusted_dirs_risky",
    "exec.safe_bins_interpreter_unprofiled",
    "profile_minimal_overridden",
  ],
};

/** Ids with a part that the config names. */
const openIds = [
  "<checkId>.large",
  "<checkId>.wildcard",
  "<family>.installs_missing_integrity",
  "<family>.installs_unpinned_npm_specs",
  "channels.<channelIn>.dm.disabled",
  "channels.<channelOf>.dm.open_invalid",
  "channels.<channel>.allowFrom.dangerous_name_matching_enabled",
  "channels.<channel>.dm.open",
  "channels.<channel>.dm.scope_main_multiuser",
  "fs.<kind>.<subject>",
];

const people = ["stranger", "member", "paired", "listed", "http"];
const deeds = ["read", "write", "run", "browse", "send", "schedule", "control", "other"];

test("the ids of findings", () => {
  const text = readSources(repositoryRoot, ["src/audit"])
    .map((source) => source.text)
    .join("\n");
  const written = [...text.matchAll(/(?:checkId: |unconfined\()(["`])([^"`]+)\1/g)].map(([, , id = ""]) =>
    id.replaceAll(/\$\{(\w+)[^}]*\}/g, "<$1>"),
  );
  const fixed = Object.entries(fixedIds).flatMap(([family, subjects]) =>
    subjects.map((subject) => `${family}.${subject}`),
  );
  expect([...new Set(written)].sort()).toEqual([...fixed, ...openIds].sort());
});

test("the ids of reach: every kind of person, every class of tools", () => {
  expect(reachIds).toEqual(people.flatMap((who) => deeds.map((what) => `reach.${who}_${what}`)));
});

test("the ids of files that others can read, for every kind of private path", () => {
  const facts = { exists: true, type: "file", mode: 0o644, uid: 1, sizeBytes: 0, modifiedAtMs: 0 } as const;
  const kinds = [...new Set(pathKinds.map(({ kind }) => kind)), "config_include", "log_file"];
  const secretive = kinds.filter((kind) => {
    return permissionFault({ path: "/p", kind, facts }, { self: 1, environment: {} })?.severity === "critical";
  });
  expect(secretive).toEqual([
    "config",
    "config_versions",
    "env",
    "secrets",
    "control_ui_login",
    "credentials",
    "devices",
    "identity",
    "config_include",
  ]);
});

async function json(config: string, ...words: string[]): Promise<Record<string, unknown>> {
  const state = mkdtempSync(join(tmpdir(), "fased-pin-security-"));
  try {
    writeFileSync(join(state, "fased.json"), config, { mode: 0o600 });
    const probeSandbox = async () => proven;
    const security = securityCommand({ probeSandbox, probeGateway });
    const commands = [{ name: "security", summary: "security", load: async () => security }];
    const { out } = await runCli(["security", ...words, "--json"], { state, commands });
    return JSON.parse(out) as Record<string, unknown>;
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

const open = '{ channels: { whatsapp: { dmPolicy: "open", allowFrom: ["*"] } } }';
const keysOf = (value: unknown): readonly string[] => Object.keys(value as object);

test("the report", async () => {
  const report = await json(open, "audit");
  expect(keysOf(report)).toEqual(["ts", "summary", "findings"]);
  expect(keysOf(report["summary"])).toEqual(["critical", "warn", "info"]);
  const keys = new Set((report["findings"] as object[]).flatMap(keysOf));
  expect([...keys].sort()).toEqual(
    ["because", "checkId", "detail", "path", "remediation", "sentence", "severity", "title", "witness"].sort(),
  );
  expect(keysOf(await json(open, "audit", "--deep"))).toEqual(["ts", "summary", "findings", "deep"]);
});

test("the answers", async () => {
  const answer = await json(open, "explain", "--from", "stranger@whatsapp", "--tool", "read");
  expect(keysOf(answer)).toEqual(["from", "agent", "door", "ways", "because"]);
  expect(keysOf(answer["door"])).toEqual(["decision", "sentence", "instead", "rules"]);
  expect((answer["ways"] as object[]).flatMap(keysOf)).toEqual(["what", "explanation", "request"]);
  const reach = await json(open, "who-can", "read");
  expect(keysOf(reach)).toEqual(["tool", "reach"]);
  expect(new Set((reach["reach"] as object[]).flatMap(keysOf))).toEqual(
    new Set(["who", "what", "effect", "sentence", "because"]),
  );
});
