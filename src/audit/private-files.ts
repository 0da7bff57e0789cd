/**
 * Files and folders that only their owner may read, against the one table that also creates them. Nothing is followed
 * and nothing is changed: metadata only.
 */
import { join, relative } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { FileError, type FileFacts, fileFacts, listFolder } from "../platform/files.ts";
import type { Environment } from "../platform/host.ts";
import { type PathKind, pathKindOf } from "../platform/state-paths.ts";
import { currentUid } from "../platform/sync-facts.ts";
import { bullets, type Finding } from "./finding.ts";
import { faultFinding, type PathFault, permissionFault } from "./path-faults.ts";

export type FileAuditOptions = {
  readonly loaded: Pick<LoadedConfig, "paths" | "includes" | "config">;
  readonly environment: Environment;
};

/** Paths looked at in one audit; more are told, not looked at. */
const pathsMax = 20_000;

/** Findings of every private path below the state directory, and of config files outside of it. */
export async function fileFindings({ loaded, environment }: FileAuditOptions): Promise<readonly Finding[]> {
  const { paths, includes, config } = loaded;
  const walk: Walk = { state: paths.state, environment, faults: [], left: pathsMax };
  await visit(walk, { path: paths.state, reachable: true });
  const outside = [
    ...(isBelow(paths.state, paths.config) ? [] : [{ path: paths.config, kind: "config" }]),
    ...includes.map((path) => ({ path, kind: "config_include" })),
    ...(config.logging.file === undefined
      ? []
      : [{ path: homePath(config.logging.file, environment), kind: "log_file" }]),
  ];
  for (const { path, kind } of outside) await judge(walk, { path, kind });
  const byId = Map.groupBy(walk.faults, ({ checkId }) => checkId);
  return [...[...byId.values()].map(faultFinding), ...tooMany(walk)];
}

const isBelow = (folder: string, path: string): boolean => !relative(folder, path).startsWith("..");

const homePath = (path: string, environment: Environment): string =>
  path.startsWith("~/") ? join(environment["HOME"] ?? "", path.slice(2)) : path;

type Walk = {
  readonly state: string;
  readonly environment: Environment;
  readonly faults: PathFault[];
  left: number;
};

/** `reachable`: every folder above lets others in. */
type Visit = { readonly path: string; readonly reachable: boolean };

async function visit(walk: Walk, { path, reachable }: Visit): Promise<void> {
  if (walk.left <= 0) return;
  walk.left -= 1;
  const facts = await factsOf(walk, path);
  if (!facts?.exists) return;
  const kind = kindOf(walk.state, path, facts);
  if (!kind) return;
  note(walk, { path, kind: kind.kind, facts, reachable });
  if (facts.type !== "folder" || kind.kind === "workspace_dir") return;
  const open = reachable && (facts.mode & 0o011) !== 0;
  for (const { name } of await namesIn(walk, path)) await visit(walk, { path: join(path, name), reachable: open });
}

/** Sockets and pipes have no kind. A link is judged as a file of its name; what it leads to is not looked at. */
function kindOf(state: string, path: string, facts: FileFacts & { exists: true }): PathKind | undefined {
  if (facts.type === "other") return undefined;
  return pathKindOf(state, { path, type: facts.type === "folder" || path === state ? "folder" : "file" });
}

async function judge(walk: Walk, { path, kind }: { path: string; kind: string }): Promise<void> {
  const facts = await factsOf(walk, path);
  if (facts?.exists) note(walk, { path, kind, facts, reachable: true });
}

type Seen = {
  readonly path: string;
  readonly kind: string;
  readonly facts: FileFacts & { exists: true };
  readonly reachable: boolean;
};

/** What agents, plugins and commands make with modes of their own: judged by whether others get at it in fact. */
const othersMake: ReadonlySet<string> = new Set([
  "sandboxes",
  "sandboxes_dir",
  "extensions",
  "extensions_dir",
  "hooks",
  "hooks_dir",
  "undo",
  "undo_dir",
]);

function note(walk: Walk, seen: Seen): void {
  if (othersMake.has(seen.kind) && !seen.reachable) return;
  const fault = permissionFault(seen, { self: currentUid(), environment: walk.environment });
  if (fault) walk.faults.push(fault);
}

async function factsOf(walk: Walk, path: string): Promise<FileFacts | undefined> {
  try {
    return await fileFacts(path);
  } catch (error) {
    unreadable(walk, path, error);
    return undefined;
  }
}

async function namesIn(walk: Walk, path: string): Promise<readonly { readonly name: string }[]> {
  try {
    return await listFolder(path);
  } catch (error) {
    unreadable(walk, path, error);
    return [];
  }
}

function unreadable(walk: Walk, path: string, error: unknown): void {
  if (!(error instanceof FileError)) throw error;
  if (error.code === "file.not_found") return;
  walk.faults.push({
    checkId: "fs.unreadable",
    severity: "warn",
    path,
    says: error.message,
    fix: `chown it to this user`,
  });
}

function tooMany({ left, state }: Walk): readonly Finding[] {
  if (left > 0) return [];
  return [
    {
      checkId: "fs.not_all_checked",
      severity: "info",
      title: "Not every file was looked at",
      detail: bullets([`${state} holds more than ${pathsMax} private files`]),
    },
  ];
}
