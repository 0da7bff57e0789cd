/** The browser, judged by the config alone. */
import { type AuditFacts, Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";

export function browserFindings({ loaded }: AuditFacts): readonly Finding[] {
  const written = new Written(loaded);
  if (written.value("browser.enabled") === false) return [];
  const urls = [
    ["browser.cdpUrl", written.text("browser.cdpUrl")] as const,
    ...written
      .objects("browser.profiles")
      .map(
        ([name, { cdpUrl }]) => [`browser.profiles.${name}.cdpUrl`, typeof cdpUrl === "string" ? cdpUrl : ""] as const,
      ),
  ].filter(([, url]) => url !== "");
  const malformed = urls.filter(([, url]) => !/^(https?|wss?):$/.test(URL.parse(url)?.protocol ?? ""));
  if (malformed.length > 0) {
    return [
      {
        checkId: "browser.control_invalid_config",
        severity: "warn",
        title: "The browser's address is no URL",
        detail: bullets(malformed.map(([path]) => path)),
        remediation: "write it like http://127.0.0.1:9222",
      },
    ];
  }
  const { token, password } = loaded.config.gateway.auth;
  const plain = urls.filter(([, url]) => isRemotePlain(url)).map(([path]) => path);
  return [
    ...findingIf(!token?.reveal() && !password?.reveal(), () => ({
      checkId: "browser.control_no_auth",
      severity: "critical",
      title: "Browser control asks for no credential",
      detail: "browser.enabled is on by default, and the Gateway has neither token nor password.",
      remediation: "set gateway.auth.token (the first start writes one), or browser.enabled to false",
    })),
    ...findingIf(plain.length > 0, () => ({
      checkId: "browser.remote_cdp_http",
      severity: "warn",
      title: "A browser is controlled over an open line",
      detail: bullets(plain),
      remediation: "use HTTPS, or a tailnet address",
    })),
  ];
}

const loopbackHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isRemotePlain(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "http:" && !loopbackHosts.has(url.hostname);
}
