/** The argument vector of bubblewrap, from a closed description. Pure; nothing in it comes from a model but the command. */
import { isAbsolute } from "node:path";
import type { Mount } from "./control-mounts.ts";
import { prelude } from "./prelude.ts";

/** Where the workspace stands inside. */
export const sandboxWorkspace = "/workspace";
export const sandboxHome = "/home/agent";
export const sandboxUid = 1000;

const scratchBytesMax = 512 * 1024 * 1024;

export type SandboxLimits = {
  readonly fileBytesMax: number;
  readonly addressSpaceBytesMax: number;
  readonly cpuSecondsMax: number;
  readonly processesMax: number;
};

const sandboxLimits: SandboxLimits = {
  fileBytesMax: 1024 * 1024 * 1024,
  // Node and the JVM reserve far more than they use.
  addressSpaceBytesMax: 64 * 1024 * 1024 * 1024,
  cpuSecondsMax: 3_600,
  processesMax: 512,
};

/** How one top-level folder of the host appears: `/bin` is a link where /usr is merged. */
export type SystemFolder = { readonly path: string; readonly link?: string };

export type SandboxLayout = {
  readonly program: string;
  readonly system: readonly SystemFolder[];
  /** Host path → path inside, read-only: the folder that stands for /etc, and what is mounted in it. */
  readonly readOnly: readonly { readonly from: string; readonly to: string }[];
  /** Paths of the host that must not exist inside; the prelude looks for them. */
  readonly hiddenPaths: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

export type SandboxRun = {
  readonly command: string;
  readonly nonce: string;
  readonly seccompDescriptor: number;
  /** Absent: no workspace at all. */
  readonly workspace?: { readonly root: string; readonly access: "rw" | "ro"; readonly mounts: readonly Mount[] };
  /** Relative to the workspace. */
  readonly folder: string;
};

export function sandboxArguments(layout: SandboxLayout, run: SandboxRun): [string, ...string[]] {
  return [
    layout.program,
    ...["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"],
    ...["--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL"],
    ...["--uid", String(sandboxUid), "--gid", String(sandboxUid)],
    ...layout.system.flatMap(({ path, link }) =>
      link === undefined ? ["--ro-bind", path, path] : ["--symlink", link, path],
    ),
    ...["--proc", "/proc", "--dev", "/dev"],
    // One scratch for all: each further mount costs time in every run.
    ...["--size", String(scratchBytesMax), "--tmpfs", "/tmp", "--dir", "/tmp/home"],
    ...["--symlink", "/tmp", "/var/tmp", "--symlink", "/tmp/home", sandboxHome],
    ...layout.readOnly.flatMap(({ from, to }) => ["--ro-bind", from, to]),
    ...workspaceArguments(run),
    ...["--remount-ro", "/", "--clearenv"],
    ...Object.entries(layout.environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--seccomp", String(run.seccompDescriptor)],
    ...["/bin/sh", "-c", prelude, "sh", run.nonce, run.command, ...limitArguments(sandboxLimits)],
    ...layout.hiddenPaths,
  ];
}

function workspaceArguments({ workspace, folder }: SandboxRun): string[] {
  if (workspace === undefined) return ["--dir", sandboxWorkspace, "--chdir", sandboxWorkspace];
  if (!isAbsolute(workspace.root)) throw new Error("the workspace root must be absolute");
  const bind = workspace.access === "rw" ? "--bind" : "--ro-bind";
  const mounts = workspace.access === "rw" ? workspace.mounts : [];
  return [
    ...[bind, workspace.root, sandboxWorkspace],
    ...mounts.flatMap(({ path, access }) => [
      access === "ro" ? "--ro-bind" : "--bind",
      `${workspace.root}/${path}`,
      `${sandboxWorkspace}/${path}`,
    ]),
    ...["--chdir", folder === "" ? sandboxWorkspace : `${sandboxWorkspace}/${folder}`],
  ];
}

/** In the units of `ulimit`: 512-byte blocks, KiB, seconds, a number. */
function limitArguments(limits: SandboxLimits): string[] {
  const blocks = Math.floor(limits.fileBytesMax / 512);
  const space = Math.floor(limits.addressSpaceBytesMax / 1024);
  return [blocks, space, limits.cpuSecondsMax, limits.processesMax].map(String);
}
