/**
 * The state directory: every path by name, and one table *path kind → mode*. Creation, the audit's check and its fix all
 * use the table, so what is created is what is demanded.
 */
import { join, relative, sep } from "node:path";
import { privateFileMode, privateFolderMode } from "./private-files.ts";

/** Ids that become part of a file name: agents, channels, accounts. */
const idPattern = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,127}$/;

function pathId(kind: string, id: string): string {
  if (idPattern.test(id)) return id;
  throw new Error(`\`${id}\` cannot be the id of a ${kind}: use letters, digits and . _ - @ +, at most 128`);
}

export type AgentPaths = {
  readonly root: string;
  /** `agents/<id>/agent`: what the agent runs on. */
  readonly agent: string;
  readonly authProfiles: string;
  readonly sessions: string;
  readonly sessionsDatabase: string;
  /** Journal of undoable changes. */
  readonly undo: string;
};

/** The agent whose workspace has no suffix. */
const mainAgent = "main";

/** Every path below the state directory. The functions throw on ids that could leave their folder. */
export function statePaths(stateDirectory: string) {
  const at = (...parts: string[]) => join(stateDirectory, ...parts);
  return Object.freeze({
    root: stateDirectory,
    config: at("fased.json"),
    configVersions: at("config-versions"),
    env: at(".env"),
    secrets: at("secrets.json"),
    vault: at("vault.json"),
    stateDatabase: at("state.db"),
    gatewayLock: at("gateway.lock"),
    gatewaySocket: at("gateway.sock"),
    execApprovals: at("exec-approvals.json"),
    credentials: at("credentials"),
    pairing: (channel: string) => at("credentials", `${pathId("channel", channel)}-pairing.json`),
    allowStore: (channel: string, account?: string) => at("credentials", allowFromName(channel, account)),
    agents: at("agents"),
    agent: (id: string) => agentPaths(at("agents", pathId("agent", id))),
    workspace: (id: string) => at(id === mainAgent ? "workspace" : `workspace-${pathId("agent", id)}`),
    devices: at("devices"),
    devicesPending: at("devices", "pending.json"),
    devicesPaired: at("devices", "paired.json"),
    nodes: at("nodes"),
    nodesPending: at("nodes", "pending.json"),
    nodesPaired: at("nodes", "paired.json"),
    identity: at("identity"),
    identityDevice: at("identity", "device.json"),
    identityDeviceAuth: at("identity", "device-auth.json"),
    ledgerKey: at("identity", "ledger.key"),
    ledgerAnchor: at("identity", "ledger.anchor"),
    extensions: at("extensions"),
    hooks: at("hooks"),
    sandboxes: at("sandboxes"),
    /** HOME of commands that run on the host. */
    hostHome: at("sandboxes", "host-home"),
    logs: at("logs"),
    controlUiLogin: at("control-ui-login.html"),
  });
}

export type StatePaths = ReturnType<typeof statePaths>;

/** The documented name has no account for the default one. */
function allowFromName(channel: string, account: string | undefined): string {
  const suffix = account === undefined || account === "default" ? "" : `-${pathId("account", account)}`;
  return `${pathId("channel", channel)}${suffix}-allowFrom.json`;
}

function agentPaths(root: string): AgentPaths {
  return {
    root,
    agent: join(root, "agent"),
    authProfiles: join(root, "agent", "auth-profiles.json"),
    sessions: join(root, "sessions"),
    sessionsDatabase: join(root, "sessions", "sessions.db"),
    undo: join(root, "undo"),
  };
}

export type PathKind = {
  /** Stable; the audit's finding ids are `fs.<kind>.perms_…`. */
  readonly kind: string;
  readonly type: "file" | "folder";
  /** What it is created with. An existing one may have fewer bits for others, never more; its owner's bits are free. */
  readonly mode: number;
  /** Tested on the path relative to the state directory, with `/`; the state directory itself is `.`. */
  readonly pattern: RegExp;
};

const folder = (kind: string, pattern: RegExp): PathKind => ({
  kind,
  type: "folder",
  mode: privateFolderMode,
  pattern,
});
const file = (kind: string, pattern: RegExp): PathKind => ({ kind, type: "file", mode: privateFileMode, pattern });

/**
 * First match wins; documented names of older versions are kinds as well. Workspaces are the agent's and the user's own
 * files: only their folder is listed.
 */
export const pathKinds: readonly PathKind[] = [
  folder("state_dir", /^\.$/),
  file("config", /^fased\.json(\.lock)?$/),
  folder("config_versions", /^config-versions$/),
  file("config_versions", /^config-versions\/.+$/),
  file("env", /^\.env$/),
  file("secrets", /^(secrets|vault)\.json(\.lock)?$/),
  file("state_database", /^state\.db(-wal|-shm|-journal)?$/),
  file("gateway_lock", /^gateway\.(lock(-journal)?|sock)$/),
  file("exec_approvals", /^exec-approvals\.json(\.lock)?$/),
  file("control_ui_login", /^control-ui-login\.(json|html)$/),
  folder("credentials_dir", /^credentials(\/.+)?$/),
  file("credentials", /^credentials\/.+$/),
  folder("agent_dir", /^agents(\/[^/]+(\/agent)?)?$/),
  file("auth_profiles", /^agents\/[^/]+\/agent\/(auth-profiles|auth)\.json(\.lock)?$/),
  file("agent_file", /^agents\/[^/]+\/agent\/.+$/),
  folder("sessions_dir", /^agents\/[^/]+\/sessions(\/.+)?$/),
  file("sessions_store", /^agents\/[^/]+\/sessions\/.+$/),
  folder("undo_dir", /^agents\/[^/]+\/undo(\/.+)?$/),
  file("undo", /^agents\/[^/]+\/undo\/.+$/),
  folder("devices_dir", /^devices$/),
  file("devices", /^devices\/.+$/),
  folder("nodes_dir", /^nodes$/),
  file("nodes", /^nodes\/.+$/),
  folder("identity_dir", /^identity$/),
  file("identity", /^identity\/.+$/),
  folder("extensions_dir", /^extensions(\/.+)?$/),
  file("extensions", /^extensions\/.+$/),
  folder("hooks_dir", /^hooks(\/.+)?$/),
  file("hooks", /^hooks\/.+$/),
  folder("sandboxes_dir", /^sandboxes(\/.+)?$/),
  file("sandboxes", /^sandboxes\/.+$/),
  folder("logs_dir", /^logs$/),
  file("logs", /^logs\/.+$/),
  folder("workspace_dir", /^workspace(-[^/]+)?$/),
];

/** The kind of a path that lies at `path` and is a `type`; undefined for what has no demanded mode. */
export function pathKindOf(
  stateDirectory: string,
  entry: { path: string; type: "file" | "folder" },
): PathKind | undefined {
  const below = relative(stateDirectory, entry.path).split(sep).join("/") || ".";
  return pathKinds.find((kind) => kind.type === entry.type && kind.pattern.test(below));
}
