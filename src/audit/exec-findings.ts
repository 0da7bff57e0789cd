/** Commands: where they run, and what may run without a card. */
import type { AuditFacts } from "./facts.ts";
import { Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";
import { isInterpreter, isRiskyFolder } from "./program-risk.ts";
import { witnessOf } from "./witness.ts";

/** Lists longer than this are hard to keep right. */
const elevatedListMax = 25;

export function elevatedFindings({ loaded }: AuditFacts): readonly Finding[] {
  if (!loaded.config.tools.elevated.enabled) return [];
  const written = new Written(loaded);
  const path = ["tools", "elevated", "allowFrom"];
  const lists = written.value(path);
  const channels = typeof lists === "object" && lists !== null ? Object.keys(lists) : [];
  return channels.flatMap((channel): readonly Finding[] => {
    const ids = written.texts([...path, channel]);
    const checkId = `tools.elevated.allowFrom.${channel}`;
    if (ids.includes("*")) {
      return [
        {
          checkId: `${checkId}.wildcard`,
          severity: "critical",
          title: `Every ${channel} sender may leave the sandbox`,
          detail: `tools.elevated.allowFrom.${channel} contains "*".`,
          remediation: "list the ids of owners, or set tools.elevated.enabled to false",
        },
      ];
    }
    return findingIf(ids.length > elevatedListMax, () => ({
      checkId: `${checkId}.large`,
      severity: "warn",
      title: `Many ${channel} senders may leave the sandbox`,
      detail: `tools.elevated.allowFrom.${channel} has ${ids.length} entries.`,
      remediation: "keep the list to owners",
    }));
  });
}

export function execFindings({ loaded }: AuditFacts): readonly Finding[] {
  const { tools, agents } = loaded.config;
  const unsandboxed = agents.list.filter(
    (agent) => agent.tools.exec?.host === "sandbox" && agent.sandbox.mode === "off",
  );
  const scopes = [tools.exec, ...agents.list.map((agent) => agent.tools.exec ?? {})];
  const interpreters = scopes.flatMap(({ safeBins = [], safeBinProfiles = {} }) =>
    safeBins.filter((bin) => isInterpreter(bin) && !(bin in { ...tools.exec.safeBinProfiles, ...safeBinProfiles })),
  );
  const folders = scopes.flatMap(({ safeBinTrustedDirs = [] }) => safeBinTrustedDirs.filter(isRiskyFolder));
  return [
    ...findingIf(tools.exec.host === "sandbox" && agents.defaults.sandbox.mode === "off", () => ({
      checkId: "tools.exec.host_sandbox_no_sandbox_defaults",
      severity: "warn",
      title: "Commands are meant for a sandbox that is off",
      detail: 'tools.exec.host is "sandbox", agents.defaults.sandbox.mode is "off": commands are refused.',
      remediation: 'set agents.defaults.sandbox.mode to "all"',
    })),
    ...findingIf(unsandboxed.length > 0, () => ({
      checkId: "tools.exec.host_sandbox_no_sandbox_agents",
      severity: "warn",
      title: "Agents send commands to a sandbox that is off",
      detail: bullets(unsandboxed.map(({ id }) => id)),
      remediation: 'set sandbox.mode of these agents to "all"',
    })),
    ...findingIf(interpreters.length > 0, () => ({
      checkId: "tools.exec.safe_bins_interpreter_unprofiled",
      severity: "warn",
      title: "An interpreter counts as a safe program",
      detail: bullets([...new Set(interpreters)]),
      remediation: "remove it from safeBins, or limit its arguments in safeBinProfiles",
    })),
    ...findingIf(folders.length > 0, () => ({
      checkId: "tools.exec.safe_bin_trusted_dirs_risky",
      severity: "warn",
      title: "Safe programs are looked for in folders that others can fill",
      detail: bullets([...new Set(folders)]),
      remediation: "keep safeBinTrustedDirs to absolute folders that only root can write to",
    })),
    ...profileFindings(loaded.config),
  ];
}

function profileFindings({ tools, agents }: AuditFacts["loaded"]["config"]): readonly Finding[] {
  const wider = agents.list.filter((agent) => agent.tools.profile && agent.tools.profile !== "minimal");
  return findingIf(tools.profile === "minimal" && wider.length > 0, () => ({
    checkId: "tools.profile_minimal_overridden",
    severity: "warn",
    title: "Agents set aside the minimal profile",
    detail: bullets(wider.map(({ id, tools: own }) => `${id}: ${own.profile}`)),
    remediation: "remove tools.profile from these agents, or mean it",
  }));
}

/** A sandbox that did not prove itself matters as much as the host is open. */
export function sandboxProofFindings({ access, cells, loaded, sandbox }: AuditFacts): readonly Finding[] {
  if (sandbox.state === "proven") return [];
  const commands = cells.filter(({ request: { action }, decision }) => {
    if (action.kind !== "tool.call" || action.tool !== "exec") return false;
    return decision.effect === "allow" || decision.effect === "ask";
  });
  const free = commands.find(({ request: { action }, decision }) => {
    if (action.kind !== "tool.call" || action.sink.kind !== "code") return false;
    return action.sink.where === "host" && !action.sink.allowlisted && decision.effect === "allow";
  });
  return findingIf(commands.length > 0 && (sandbox.state === "unproven" || free !== undefined), () => ({
    checkId: "sandbox.not_proven",
    severity: free ? "warn" : "info",
    title: free
      ? "Commands run on the host without asking, and no sandbox is proven"
      : "No sandbox is proven: commands on the host ask",
    detail: `${sandbox.reason} (${sandbox.code})`,
    remediation: free ? `${sandbox.fix}; or set tools.exec.ask to "always"` : sandbox.fix,
    ...(free ? witnessOf(access.policy, free, loaded) : {}),
  }));
}
