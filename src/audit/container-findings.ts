/** Containers as sandboxes, judged by the config alone, whatever the sandbox mode. */
import { posix } from "node:path";
import { type AuditFacts, Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";

type Scope = { readonly path: string; readonly mode: string };

export function containerFindings({ loaded }: AuditFacts): readonly Finding[] {
  const { agents } = loaded.config;
  const written = new Written(loaded);
  const scopes: readonly Scope[] = [
    { path: "agents.defaults.sandbox", mode: agents.defaults.sandbox.mode },
    ...agents.list.map(({ sandbox }, index) => ({ path: `agents.list[${index}].sandbox`, mode: sandbox.mode })),
  ];
  const anySandboxed = agents.list.some(({ sandbox }) => sandbox.mode !== "off");
  const idle = scopes.filter(({ path, mode }, index) => {
    const value = written.value(`${path}.docker`);
    const hasValues = typeof value === "object" && value !== null && Object.keys(value).length > 0;
    return hasValues && mode === "off" && (index > 0 || !anySandboxed);
  });
  return [
    ...findingIf(idle.length > 0, () => ({
      checkId: "sandbox.docker_config_mode_off",
      severity: "warn",
      title: "A container is configured, but the sandbox is off",
      detail: bullets(idle.map(({ path }) => `${path}.docker`)),
      remediation: 'set sandbox.mode to "all", or remove the block',
    })),
    ...scopes.flatMap(({ path }) => dockerFindings(written, `${path}.docker`)),
    ...scopes.flatMap(({ path }) => browserFindings(written, `${path}.browser`)),
  ];
}

function dockerFindings(written: Written, path: string): readonly Finding[] {
  const sources = written.texts(`${path}.binds`).map((bind) => bind.split(":")[0] ?? "");
  const relative = sources.filter((source) => !source.startsWith("/"));
  const dangerous = sources.filter((source) => source.startsWith("/") && isDangerousSource(source));
  const network = written.text(`${path}.network`).toLowerCase();
  const isUnconfined = (key: string) => written.text(`${path}.${key}`).toLowerCase() === "unconfined";
  return [
    ...findingIf(relative.length > 0, () => ({
      checkId: "sandbox.bind_mount_non_absolute",
      severity: "warn",
      title: "A mounted folder is not named by its full path",
      detail: bullets(relative.map((source) => `${path}.binds: ${source}`)),
      remediation: "write absolute paths",
    })),
    ...findingIf(dangerous.length > 0, () => ({
      checkId: "sandbox.dangerous_bind_mount",
      severity: "critical",
      title: "The sandbox sees a folder that gives it the host",
      detail: bullets(dangerous.map((source) => `${path}.binds: ${source}`)),
      remediation: "mount a project folder instead",
    })),
    ...findingIf(network === "host" || network.startsWith("container:"), () => ({
      checkId: "sandbox.dangerous_network_mode",
      severity: "critical",
      title: "The sandbox shares a network that is not its own",
      detail: `${path}.network is "${network}".`,
      remediation: 'use "none", or "bridge"',
    })),
    ...findingIf(isUnconfined("seccompProfile"), () =>
      unconfined("sandbox.dangerous_seccomp_profile", path, "seccompProfile"),
    ),
    ...findingIf(isUnconfined("apparmorProfile"), () =>
      unconfined("sandbox.dangerous_apparmor_profile", path, "apparmorProfile"),
    ),
  ];
}

const unconfined = (checkId: string, path: string, key: string): Finding => ({
  checkId,
  severity: "critical",
  title: "The sandbox runs without its filter of system calls or paths",
  detail: `${path}.${key} is "unconfined".`,
  remediation: "remove the line: the default profile confines",
});

function browserFindings(written: Written, path: string): readonly Finding[] {
  const isOpen =
    written.isTrue(`${path}.enabled`) &&
    written.text(`${path}.network`) === "bridge" &&
    written.text(`${path}.cdpSourceRange`) === "";
  return findingIf(isOpen, () => ({
    checkId: "sandbox.browser_cdp_bridge_unrestricted",
    severity: "warn",
    title: "Every container of the bridge can control the sandboxed browser",
    detail: `${path}.cdpSourceRange is not set.`,
    remediation: "set it to the address of the Gateway's container, such as 172.21.0.1/32",
  }));
}

const runFolders = ["/run", "/var/run", "/private/var/run"];
const blockedSources = ["/etc", "/private/etc", "/proc", "/sys", "/dev", "/root", "/boot", ...runFolders];

function isDangerousSource(source: string): boolean {
  const path = posix.normalize(source).replace(/(?<=.)\/+$/, "");
  return path === "/" || blockedSources.some((blocked) => path === blocked || path.startsWith(`${blocked}/`));
}
