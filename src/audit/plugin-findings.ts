/** Plugins, judged by the config and by which folders exist. */
import { posix } from "node:path";
import { type AuditFacts, Written } from "./facts.ts";
import { bullets, type Finding, findingIf } from "./finding.ts";

const { isAbsolute, normalize } = posix;

export function pluginFindings(facts: AuditFacts): readonly Finding[] {
  const written = new Written(facts.loaded);
  const unlisted = facts.extensions.length > 0 && written.texts("plugins.allow").length === 0;
  return [
    ...findingIf(unlisted, () => ({
      checkId: "plugins.extensions_no_allowlist",
      severity: hasNativeSkills(facts, written) ? "critical" : "warn",
      title: "Plugins are installed without a list of those that may load",
      detail: bullets(facts.extensions.map(({ name }) => `extensions/${name}`)),
      remediation: "list the plugins you trust in plugins.allow",
    })),
    ...entryFindings(facts.extensions),
    ...installFindings(written, { path: "plugins.installs", family: "plugins" }),
    ...installFindings(written, { path: "hooks.internal.installs", family: "hooks" }),
  ];
}

/** The files that a plugin names to be loaded must be its own, and where people look. */
function entryFindings(extensions: AuditFacts["extensions"]): readonly Finding[] {
  const entries = extensions.flatMap(({ name, entries: own }) => own.map((entry) => ({ name, entry })));
  const escaping = entries.filter(({ entry }) => isOutside(entry));
  const hidden = entries.filter(({ entry }) => !isOutside(entry) && isHidden(entry));
  const unread = extensions.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]));
  const named = (found: typeof entries) => bullets(found.map(({ name, entry }) => `extensions/${name}: ${entry}`));
  return [
    ...findingIf(escaping.length > 0, () => ({
      checkId: "plugins.code_safety.entry_escape",
      severity: "critical",
      title: "A plugin loads code from outside its folder",
      detail: named(escaping),
      remediation: "remove the plugin; what it names is not what was installed",
    })),
    ...findingIf(hidden.length > 0, () => ({
      checkId: "plugins.code_safety.entry_path",
      severity: "warn",
      title: "A plugin loads code from a hidden folder or from its dependencies",
      detail: named(hidden),
      remediation: "read these files before you allow the plugin",
    })),
    ...findingIf(unread.length > 0, () => ({
      checkId: "plugins.code_safety.scan_failed",
      severity: "warn",
      title: "Plugins could not be looked at",
      detail: bullets(unread),
      remediation: "correct or remove their package.json in extensions/",
    })),
  ];
}

function isOutside(entry: string): boolean {
  const path = normalize(entry.replaceAll("\\", "/"));
  return isAbsolute(path) || path === ".." || path.startsWith("../") || /^[A-Za-z]:/.test(path);
}

const isHidden = (entry: string): boolean =>
  normalize(entry.replaceAll("\\", "/"))
    .split("/")
    .some((part) => part === "node_modules" || /^\.[^.]/.test(part));

const tokens: Readonly<Record<string, readonly string[]>> = {
  discord: ["token"],
  telegram: ["botToken", "tokenFile"],
  slack: ["botToken", "appToken"],
};
const variables: Readonly<Record<string, readonly string[]>> = {
  discord: ["DISCORD_BOT_TOKEN"],
  telegram: ["TELEGRAM_BOT_TOKEN"],
  slack: ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"],
};

/** Whether skills become commands on a channel that is configured; `auto` is on for Discord and Telegram. */
function hasNativeSkills({ loaded, environment }: AuditFacts, written: Written): boolean {
  return Object.entries(tokens).some(([channel, keys]) => {
    const accounts = [`channels.${channel}`, ...written.objects(`channels.${channel}.accounts`).map(([id]) => id)];
    const configured = accounts.some((account, index) =>
      keys.some((key) => {
        const path = index === 0 ? ["channels", channel, key] : ["channels", channel, "accounts", account, key];
        return written.text(path) !== "";
      }),
    );
    const named = variables[channel]?.some((name) => environment[name]) ?? false;
    if (!configured && !named) return false;
    const own = written.value(`channels.${channel}.commands.nativeSkills`) ?? loaded.config.commands.nativeSkills;
    return own === true || (own === "auto" && channel !== "slack");
  });
}

const exactVersion = /@v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

type Family = { readonly path: string; readonly family: "plugins" | "hooks" };

function installFindings(written: Written, { path, family }: Family): readonly Finding[] {
  const installs = written.objects(path).filter(([, { source }]) => source === "npm");
  const unpinned = installs.filter(([, { spec }]) => typeof spec === "string" && !exactVersion.test(spec.trim()));
  const unchecked = installs.filter(([, { integrity }]) => typeof integrity !== "string" || integrity.trim() === "");
  const names = (entries: typeof installs) => bullets(entries.map(([name]) => `${path}.${name}`));
  return [
    ...findingIf(unpinned.length > 0, () => ({
      checkId: `${family}.installs_unpinned_npm_specs`,
      severity: "warn",
      title: "Packages are installed without an exact version",
      detail: names(unpinned),
      remediation: "install them as name@1.2.3",
    })),
    ...findingIf(unchecked.length > 0, () => ({
      checkId: `${family}.installs_missing_integrity`,
      severity: "warn",
      title: "Packages are installed without a hash of their content",
      detail: names(unchecked),
      remediation: "install them again: the hash is recorded",
    })),
  ];
}
