/** Who can reach the control plane, and what they must show. */
import { secretEquals } from "../platform/secret.ts";
import type { AuditFacts } from "./facts.ts";
import { Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { exposure, type GatewayExposure } from "./gateway-exposure.ts";

/** Every finding about bind, authentication, the Control UI and HTTP, in the documented order. */
export function gatewayFindings(facts: AuditFacts): readonly Finding[] {
  const { config } = facts.loaded;
  const written = new Written(facts.loaded);
  const exposed = exposure(facts);
  return [
    ...originFindings(config.gateway.controlUi, exposed),
    ...proxyTrustFindings(config.gateway, exposed),
    ...discoveryFindings(config.discovery.mdns.mode, exposed),
    ...bindFindings(config.gateway, exposed),
    ...tailscaleFindings(exposed),
    ...controlUiFindings(config.gateway.controlUi),
    ...tokenFindings(config.gateway, exposed),
    ...trustedProxyFindings(config.gateway, exposed),
    ...rateLimitFindings(written, exposed),
    ...httpFindings(facts, written, exposed),
  ];
}

type Gateway = AuditFacts["loaded"]["config"]["gateway"];
type ControlUi = Gateway["controlUi"];

function originFindings(controlUi: ControlUi, { beyondLoopback }: GatewayExposure): readonly Finding[] {
  if (controlUi.dangerouslyAllowHostHeaderOriginFallback) {
    return [
      {
        checkId: "gateway.control_ui.host_header_origin_fallback",
        severity: "critical",
        title: "The Control UI takes the Host header as its own origin",
        detail: "A page of any name that resolves to this machine can connect (DNS rebinding).",
        remediation:
          "remove gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback and list exact origins in gateway.controlUi.allowedOrigins",
      },
    ];
  }
  const listed = controlUi.allowedOrigins.some((origin) => origin.trim() !== "");
  return findingIf(controlUi.enabled && beyondLoopback && !listed, () => ({
    checkId: "gateway.control_ui.allowed_origins_required",
    severity: "critical",
    title: "The Control UI is reachable by others, but no origin is listed",
    detail: "Beyond loopback the Gateway cannot know which page is its own.",
    remediation: "list exact origins in gateway.controlUi.allowedOrigins, such as https://gateway.example.org",
  }));
}

const exactLocalProxies: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

function proxyTrustFindings(gateway: Gateway, { beyondLoopback }: GatewayExposure): readonly Finding[] {
  const remote = gateway.trustedProxies.some((proxy) => !exactLocalProxies.has(proxy));
  return findingIf(gateway.allowRealIpFallback, () => ({
    checkId: "gateway.real_ip_fallback_enabled",
    severity: beyondLoopback || remote ? "critical" : "warn",
    title: "X-Real-IP of a proxy is believed without X-Forwarded-For",
    detail: "A proxy that passes this header on lets any client claim any address.",
    remediation: "remove gateway.allowRealIpFallback, or trust only the exact address of a local proxy",
  }));
}

function discoveryFindings(mode: string, { beyondLoopback }: GatewayExposure): readonly Finding[] {
  return findingIf(mode === "full", () => ({
    checkId: "discovery.mdns_full_mode",
    severity: beyondLoopback ? "critical" : "warn",
    title: "The Gateway tells the local network its paths and ports",
    detail: 'discovery.mdns.mode is "full".',
    remediation: 'set discovery.mdns.mode to "minimal" or "off"',
  }));
}

function bindFindings({ bind, controlUi, trustedProxies }: Gateway, exposed: GatewayExposure): readonly Finding[] {
  if (exposed.beyondLoopback) {
    return findingIf(!exposed.hasSharedSecret && exposed.mode !== "trusted-proxy", () => ({
      checkId: "gateway.bind_no_auth",
      severity: "critical",
      title: "The Gateway is reachable by others without authentication",
      detail: `gateway.bind is "${bind}", and neither a token nor a password is set.`,
      remediation: 'set gateway.auth.mode to "token" with a long random token, or gateway.bind to "loopback"',
    }));
  }
  if (!controlUi.enabled) return [];
  return [
    ...findingIf(trustedProxies.length === 0, () => ({
      checkId: "gateway.trusted_proxies_missing",
      severity: "info",
      title: "No proxy is trusted",
      detail: "Right while the Control UI is used on this machine. Behind a reverse proxy every client looks local.",
      remediation: "behind a proxy, list its address in gateway.trustedProxies",
    })),
    ...findingIf(!exposed.hasGatewayAuth, () => ({
      checkId: "gateway.loopback_no_auth",
      severity: "critical",
      title: "The Control UI asks for no credential",
      detail: "Every program on this machine, and every page that gets past the browser, could connect.",
      remediation: "set gateway.auth.token (fased onboard writes one)",
    })),
  ];
}

function tailscaleFindings({ tailscale }: GatewayExposure): readonly Finding[] {
  if (tailscale === "funnel") {
    return [
      {
        checkId: "gateway.tailscale_funnel",
        severity: "critical",
        title: "Tailscale Funnel puts the Gateway on the public internet",
        detail: 'gateway.tailscale.mode is "funnel".',
        remediation: 'use "serve", or "off"',
      },
    ];
  }
  return findingIf(tailscale === "serve", () => ({
    checkId: "gateway.tailscale_serve",
    severity: "info",
    title: "Tailscale Serve shows the Gateway to your tailnet",
    detail: 'gateway.tailscale.mode is "serve".',
  }));
}

function controlUiFindings(controlUi: ControlUi): readonly Finding[] {
  return [
    ...findingIf(controlUi.allowInsecureAuth, () => ({
      checkId: "gateway.control_ui.insecure_auth",
      severity: "warn",
      title: "Local browsers may connect without a device identity",
      detail: "gateway.controlUi.allowInsecureAuth is on.",
      remediation: "turn it off and open the Control UI over HTTPS or localhost",
    })),
    ...findingIf(controlUi.dangerouslyDisableDeviceAuth, () => ({
      checkId: "gateway.control_ui.device_auth_disabled",
      severity: "critical",
      title: "Whoever has the token needs no approved device",
      detail: "gateway.controlUi.dangerouslyDisableDeviceAuth is on.",
      remediation: "remove it once you are in again",
    })),
  ];
}

const tokenLengthMin = 24;
/** Printed in the documentation, so everybody has it. */
const exampleToken = "replace-with-long-random-token";

function tokenFindings({ auth }: Gateway, { mode, beyondLoopback }: GatewayExposure): readonly Finding[] {
  if (mode !== "token" || !auth.token) return [];
  return [
    ...findingIf(secretEquals(auth.token, exampleToken), () => ({
      checkId: "gateway.token_is_example",
      severity: beyondLoopback ? "critical" : "info",
      title: "The token is the one that the documentation prints",
      detail: "Everybody who reads the documentation has it. The Gateway starts with it on loopback only.",
      remediation: "replace gateway.auth.token by a long random text",
    })),
    ...findingIf(auth.token.reveal().trim().length < tokenLengthMin, () => ({
      checkId: "gateway.token_too_short",
      severity: "warn",
      title: "The token is short",
      detail: `It has fewer than ${tokenLengthMin} characters.`,
      remediation: `replace gateway.auth.token by at least ${tokenLengthMin} random characters`,
    })),
  ];
}

function trustedProxyFindings({ auth, trustedProxies }: Gateway, { mode }: GatewayExposure): readonly Finding[] {
  if (mode !== "trusted-proxy") return [];
  const { userHeader, allowUsers = [] } = auth.trustedProxy ?? {};
  return [
    {
      checkId: "gateway.trusted_proxy_auth",
      severity: "critical",
      title: "A proxy decides who is an operator",
      detail: "Whoever reaches the port around the proxy, or makes it pass a header on, is the operator.",
      remediation: "check that only the proxy reaches the port and that it overwrites the user header",
    },
    ...findingIf(trustedProxies.length === 0, () => ({
      checkId: "gateway.trusted_proxy_no_proxies",
      severity: "critical",
      title: "No proxy is named whose header counts",
      detail: "gateway.trustedProxies is empty.",
      remediation: "list the address of the proxy in gateway.trustedProxies",
    })),
    ...findingIf(!userHeader?.trim(), () => ({
      checkId: "gateway.trusted_proxy_no_user_header",
      severity: "critical",
      title: "No header is named that tells the user",
      detail: "gateway.auth.trustedProxy.userHeader is not set.",
      remediation: "set it to the header that the proxy writes, such as x-forwarded-user",
    })),
    ...findingIf(allowUsers.length === 0, () => ({
      checkId: "gateway.trusted_proxy_no_allowlist",
      severity: "warn",
      title: "Every user of the proxy is an operator",
      detail: "gateway.auth.trustedProxy.allowUsers is empty.",
      remediation: "list the users who may operate the Gateway",
    })),
  ];
}

function rateLimitFindings(written: Written, { beyondLoopback, mode }: GatewayExposure): readonly Finding[] {
  const absent = written.value("gateway.auth.rateLimit") === undefined;
  return findingIf(beyondLoopback && mode !== "trusted-proxy" && absent, () => ({
    checkId: "gateway.auth_no_rate_limit",
    severity: "warn",
    title: "Log-in attempts are limited by the defaults only",
    detail: "The Gateway is reachable by others, and gateway.auth.rateLimit is not written.",
    remediation: "set gateway.auth.rateLimit, for example { maxAttempts: 10, windowMs: 60000, lockoutMs: 300000 }",
  }));
}

function httpFindings({ loaded }: AuditFacts, written: Written, exposed: GatewayExposure): readonly Finding[] {
  const routes = [
    "/tools/invoke",
    ...(loaded.config.gateway.http.endpoints.chatCompletions.enabled ? ["/v1/chat/completions"] : []),
    ...(written.isTrue("gateway.http.endpoints.responses.enabled") ? ["/v1/responses"] : []),
  ];
  return [
    ...findingIf(!exposed.hasSharedSecret && exposed.mode !== "trusted-proxy", () => ({
      checkId: "gateway.http.no_auth",
      severity: exposed.remote ? "critical" : "warn",
      title: "HTTP calls need no credential",
      detail: bullets(routes),
      remediation: "set gateway.auth.token or gateway.auth.password",
    })),
    ...findingIf(routes.length > 1, () => ({
      checkId: "gateway.http.session_key_override_enabled",
      severity: "info",
      title: "HTTP callers choose their session with a header",
      detail: `x-fased-session-key selects the conversation on ${routes.slice(1).join(" and ")}; it routes and grants nothing.`,
    })),
  ];
}
