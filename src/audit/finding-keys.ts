/** Which key of the config a finding is about, so that it can show the line. Findings with a witness know theirs. */
import type { Finding } from "./finding.ts";
import { type Origins, placeOf, responsibleFor } from "./origins.ts";

/** By id; the longest beginning of an id that stands here counts. */
export const findingKeys: Readonly<Record<string, readonly string[]>> = {
  browser: ["browser"],
  "config.secrets.gateway_password_in_config": ["gateway.auth.password"],
  "config.secrets.hooks_token_in_config": ["hooks.token"],
  "discovery.mdns_full_mode": ["discovery.mdns.mode"],
  "gateway.auth_no_rate_limit": ["gateway.auth.rateLimit"],
  "gateway.bind_no_auth": ["gateway.bind", "gateway.auth"],
  "gateway.control_ui.allowed_origins_required": ["gateway.controlUi.allowedOrigins"],
  "gateway.control_ui.device_auth_disabled": ["gateway.controlUi.dangerouslyDisableDeviceAuth"],
  "gateway.control_ui.host_header_origin_fallback": ["gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback"],
  "gateway.control_ui.insecure_auth": ["gateway.controlUi.allowInsecureAuth"],
  "gateway.http": ["gateway.http"],
  "gateway.loopback_no_auth": ["gateway.auth"],
  "gateway.nodes.allow_commands_dangerous": ["gateway.nodes.allowCommands"],
  "gateway.nodes.deny_commands_ineffective": ["gateway.nodes.denyCommands"],
  "gateway.real_ip_fallback_enabled": ["gateway.allowRealIpFallback"],
  "gateway.tailscale_funnel": ["gateway.tailscale.mode"],
  "gateway.tailscale_serve": ["gateway.tailscale.mode"],
  "gateway.token_is_example": ["gateway.auth.token"],
  "gateway.token_too_short": ["gateway.auth.token"],
  "gateway.tools_invoke_http.dangerous_allow": ["gateway.tools.allow"],
  "gateway.trusted_proxies_missing": ["gateway.trustedProxies"],
  "gateway.trusted_proxy_auth": ["gateway.auth.mode"],
  "gateway.trusted_proxy_no_allowlist": ["gateway.auth.trustedProxy"],
  "gateway.trusted_proxy_no_proxies": ["gateway.trustedProxies"],
  "gateway.trusted_proxy_no_user_header": ["gateway.auth.trustedProxy"],
  hooks: ["hooks"],
  "hooks.default_session_key_unset": ["hooks.defaultSessionKey"],
  "hooks.path_root": ["hooks.path"],
  "hooks.request_session_key_enabled": ["hooks.allowRequestSessionKey"],
  "hooks.request_session_key_prefixes_missing": ["hooks.allowedSessionKeyPrefixes"],
  "hooks.token_reuse_gateway_token": ["hooks.token"],
  "hooks.token_too_short": ["hooks.token"],
  "logging.redact_off": ["logging.redactSensitive"],
  models: ["agents.defaults.model"],
  plugins: ["plugins"],
  sandbox: ["agents.defaults.sandbox"],
  "security.exposure.open_groups_with_elevated": ["tools.elevated.enabled"],
  "security.flow_observed": ["security.informationFlow.mode"],
  "tools.exec.host_sandbox_no_sandbox_agents": ["tools.exec.host"],
  "tools.exec.host_sandbox_no_sandbox_defaults": ["tools.exec.host"],
  "tools.exec.safe_bin_trusted_dirs_risky": ["tools.exec.safeBinTrustedDirs"],
  "tools.exec.safe_bins_interpreter_unprofiled": ["tools.exec.safeBins"],
  "tools.profile_minimal_overridden": ["tools.profile"],
};

/** The finding with the lines of its keys, where they are written and it does not name lines itself. */
export function withLines(finding: Finding, origins: Origins): Finding {
  if (finding.because !== undefined) return finding;
  const keys = keysOf(finding.checkId).filter((key) => placeOf(origins, key) !== undefined);
  if (keys.length === 0) return finding;
  const because = responsibleFor(
    origins,
    keys.map((origin) => ({ id: finding.checkId, origin })),
  );
  return { ...finding, because };
}

function keysOf(checkId: string): readonly string[] {
  const parts = checkId.split(".");
  if (parts[0] === "channels") return [parts.slice(0, 2).join(".")];
  for (let length = parts.length; length > 0; length -= 1) {
    const keys = findingKeys[parts.slice(0, length).join(".")];
    if (keys) return keys;
  }
  return [];
}
