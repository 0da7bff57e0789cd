/** The first lines of the report: what there is to attack, in counts. */
import { groupPolicyCounts } from "../config/channel-signs.ts";
import { type AuditFacts, Written } from "./facts.ts";
import type { Finding } from "./finding.ts";

export function summaryFindings({ loaded }: AuditFacts): readonly Finding[] {
  const written = new Written(loaded);
  const groups = groupPolicyCounts(loaded.written);
  const switches = [
    ["elevated mode", loaded.config.tools.elevated.enabled],
    ["webhooks", written.isTrue("hooks.enabled")],
    ["internal hooks", written.isTrue("hooks.internal.enabled")],
    ["browser control", written.value("browser.enabled") !== false],
  ] as const;
  return [
    {
      checkId: "summary.attack_surface",
      severity: "info",
      title: "What can be attacked",
      detail: [
        `- groups: ${groups.open} open, ${groups.allowlist} by list`,
        ...switches.map(([name, isOn]) => `- ${name}: ${isOn ? "on" : "off"}`),
        "- trust model: a personal assistant of one trusted operator, not a boundary between hostile users",
      ].join("\n"),
    },
  ];
}

const syncedNames = ["icloud", "dropbox", "google drive", "googledrive", "onedrive"];

/** Told by the path alone: what is synced is copied to machines and people that the Gateway does not know. */
export function syncedFolderFindings({ loaded: { paths } }: AuditFacts): readonly Finding[] {
  const synced = [paths.state, paths.config].filter((path) =>
    syncedNames.some((name) => path.toLowerCase().includes(name)),
  );
  if (synced.length === 0) return [];
  return [
    {
      checkId: "fs.synced_dir",
      severity: "warn",
      title: "The state lies in a folder that is synced elsewhere",
      detail: [...new Set(synced)].map((path) => `- ${path}`).join("\n"),
      remediation: "keep it on a local disk (FASED_STATE_DIR)",
    },
  ];
}
