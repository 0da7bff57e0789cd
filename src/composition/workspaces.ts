/** The folders that agents work in, each behind its one file capability. */
import { isAbsolute, join } from "node:path";
import type { Config } from "../config/schema.ts";
import { type FileCap, openFileCap } from "../platform/file-cap.ts";
import { createPrivateFolder } from "../platform/private-files.ts";
import type { StatePaths } from "../platform/state-paths.ts";

export type Workspace = { readonly root: string; readonly files: FileCap };

export interface Workspaces {
  /** Throws when the folder cannot be made or opened. */
  of(agent: string): Workspace;
  /** Where it is or would be, without a look at the disk. */
  rootOf(agent: string): string;
}

export type WorkspacePorts = { config(): Config; readonly paths: StatePaths; readonly home: string };

/** Opens each workspace when it is first asked for, creating the folder (0700). */
export function createWorkspaces(ports: WorkspacePorts): Workspaces {
  const open = new Map<string, Workspace>();
  return {
    rootOf: (agent) => workspaceRoot(agent, ports),
    of(agent) {
      const root = workspaceRoot(agent, ports);
      const known = open.get(root);
      if (known) return known;
      createPrivateFolder(root);
      const workspace = { root, files: openFileCap(root, { forbidden: forbiddenIn(ports, root) }) };
      open.set(root, workspace);
      return workspace;
    },
  };
}

export function workspaceRoot(agent: string, { config, paths, home }: WorkspacePorts): string {
  const configured = config().agents.list.find(({ id }) => id === agent)?.workspace;
  if (configured === undefined) return paths.workspace(agent);
  const expanded = configured.startsWith("~/") ? join(home, configured.slice(2)) : configured;
  return isAbsolute(expanded) ? expanded : join(home, expanded);
}

/** No file tool reaches the Gateway's own state, wherever a workspace lies. The default workspaces lie inside it. */
function forbiddenIn({ paths }: WorkspacePorts, root: string): readonly string[] {
  return root.startsWith(`${paths.root}/`) ? [] : [paths.root];
}
