/**
 * Workspace control files: what the agent is made of or what git would execute. An agent's write to one is a proposal to
 * the owner; in the sandbox they are read-only mounts.
 */

/** Files that are put into prompts, in the order in which they are shown. */
export const injectedFiles = [
  "AGENTS.md",
  "SOUL.md",
  "IDENTITY.md",
  "USER.md",
  "TOOLS.md",
  "HEARTBEAT.md",
  "BOOTSTRAP.md",
  "MEMORY.md",
] as const;

export const controlFolders = ["skills", "hooks", ".fased"] as const;

/** Read by some tool or host, although nothing here creates them. */
const furtherControlFiles = ["BOOT.md", "memory.md"] as const;

const rootNames: ReadonlySet<string> = new Set(
  [...injectedFiles, ...controlFolders, ...furtherControlFiles].map((name) => name.toLowerCase()),
);

/** Whether the file at a path, relative to the workspace root and normalised, is a control file. Not for folders. */
export function isControlPath(path: string): boolean {
  const components = path.split("/");
  if (rootNames.has((components[0] ?? "").toLowerCase())) return true;
  return isGitControl(components);
}

/**
 * Below any `.git`: `hooks`, `config`, `config.worktree`, at its top or in a submodule's or work tree's folder; and a
 * `.git` that is a file, for it says where the real one is.
 */
function isGitControl(components: readonly string[]): boolean {
  const at = components.findIndex((component) => component.toLowerCase() === ".git");
  if (at === -1) return false;
  const below = components.slice(at + 1);
  if (below.length === 0) return true;
  const top = (below[0] ?? "").toLowerCase();
  if (["hooks", "config", "config.worktree"].includes(top)) return true;
  if (top !== "modules" && top !== "worktrees") return false;
  return below.slice(1).some((component) => ["hooks", "config", "config.worktree"].includes(component.toLowerCase()));
}

/** `.sample` files that `git init` lays down are never run. */
const inertHook = /(^|\/)hooks\/[^/]+\.sample$/;
const inertKeys: readonly RegExp[] = [
  /^core\.(repositoryformatversion|filemode|bare|logallrefupdates|symlinks|ignorecase|precomposeunicode|autocrlf|eol)$/,
  /^user\.(name|email)$/,
  /^init\.defaultbranch$/,
  /^branch\..+\.(remote|merge|rebase)$/,
  /^(pull\.rebase|push\.default|commit\.gpgsign)$/,
];

/** Whether what appeared at a git control path can do nothing: sample hooks, a config with inert keys only. */
export function isInertGitFile(path: string, content: string): boolean {
  if (inertHook.test(path)) return true;
  if (!/(^|\/)\.git\/config$/.test(path)) return false;
  let section = "";
  for (const line of content.split("\n").map((text) => text.trim())) {
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const heading = /^\[\s*([A-Za-z0-9.-]+)(?:\s+"([^"\\]*)")?\s*\]$/.exec(line);
    if (heading) {
      section = [heading[1]?.toLowerCase(), heading[2]].filter((part) => part !== undefined).join(".");
      continue;
    }
    const key = /^([A-Za-z][A-Za-z0-9-]*)\s*(=[^\\]*)?$/.exec(line)?.[1]?.toLowerCase();
    if (key === undefined || !inertKeys.some((pattern) => pattern.test(`${section}.${key}`))) return false;
  }
  return true;
}
