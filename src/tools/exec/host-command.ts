/** A command on the Gateway host: its exact identity for the card, its constructed environment, its start. */
import { isAbsolute, join } from "node:path";
import { fileIdentity, folderIdentity } from "../../platform/file-identity.ts";
import { type RunningProcess, startProcess } from "../../platform/processes.ts";
import { sha256 } from "../canonical-call.ts";
import { type Card, type Json, ToolError, type ToolTurn } from "../tool.ts";
import { type CommandPlan, execConfig } from "./command-plan.ts";

export type HostOptions = {
  /** A private folder that commands find as HOME. */
  readonly home: string;
  readonly timeZone: string;
  readonly git: { readonly name: string; readonly email: string };
};

const systemPath = ["/usr/local/bin", "/usr/bin", "/bin"];
const outputBytesMax = 200_000;
const namedFilesMax = 50;

/** Everything by which the run is known again: mutate one and the approval is void. */
export async function hostCanonical(plan: CommandPlan, turn: ToolTurn, options: HostOptions): Promise<Json> {
  const environment = hostEnvironment(turn, options);
  const path = folderOf(plan, turn);
  const identity = folderIdentity(path);
  if (identity === undefined)
    throw new ToolError("exec.no_folder", `the folder ${JSON.stringify(plan.folder)} does not exist`);
  const argv = argvOf(plan);
  return {
    argv,
    folder: { path, ...identity },
    executable: await executableIdentity(argv[0], environment["PATH"] ?? ""),
    environment: Object.keys(environment).sort(),
    environmentHash: sha256(JSON.stringify(Object.entries(environment).sort())),
    stdin: sha256(""),
    sandbox: "none",
    timeoutMs: plan.timeoutMs,
    files: await namedFiles(plan, turn),
  };
}

export function hostCard(plan: CommandPlan, turn: ToolTurn, tainted: readonly string[]): Card {
  const text = "command" in plan.what ? plan.what.command : JSON.stringify(plan.what.argv);
  return {
    title: "Run a command on the Gateway host",
    exactly: [
      { label: "command" in plan.what ? "Command (sh -c)" : "Program and arguments", text, mono: true },
      { label: "Folder", text: folderOf(plan, turn), mono: true },
      ...(tainted.length === 0
        ? []
        : [{ label: "Files here that an agent wrote from foreign content", text: tainted.join("\n"), mono: true }]),
    ],
    where: "host",
  };
}

export async function startOnHost(plan: CommandPlan, turn: ToolTurn, options: HostOptions): Promise<RunningProcess> {
  return startProcess({
    argv: argvOf(plan),
    cwd: folderOf(plan, turn),
    env: hostEnvironment(turn, options),
    timeoutMs: plan.timeoutMs,
    outputBytesMax,
  });
}

/**
 * Built from nothing: no variable of the Gateway, of a `.env` or of a call is in it. Git runs none of the repository's
 * programs by itself: no hooks, no file system monitor, and no repository that lies bare among the files.
 */
function hostEnvironment(turn: ToolTurn, { home, timeZone, git }: HostOptions): Readonly<Record<string, string>> {
  const prepend = execConfig(turn).pathPrepend.filter((path) => isAbsolute(path));
  return {
    PATH: [...prepend, ...systemPath].join(":"),
    HOME: home,
    LANG: "C.UTF-8",
    TZ: timeZone,
    TERM: "dumb",
    ...gitVariables({
      "core.hooksPath": "/dev/null",
      "core.fsmonitor": "false",
      "safe.bareRepository": "explicit",
      "user.name": git.name,
      "user.email": git.email,
    }),
  };
}

/** git-config(1): settings of the environment, stronger than those of any file. */
function gitVariables(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(settings);
  const pairs = entries.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(entries.length), ...Object.fromEntries(pairs) };
}

function argvOf({ what }: CommandPlan): readonly [string, ...string[]] {
  return "command" in what ? ["/bin/sh", "-c", what.command] : what.argv;
}

function folderOf(plan: CommandPlan, turn: ToolTurn): string {
  return plan.folder === "" ? turn.workspace.root : join(turn.workspace.root, plan.folder);
}

async function executableIdentity(program: string, path: string): Promise<Json> {
  const candidates = program.includes("/") ? [program] : path.split(":").map((folder) => join(folder, program));
  for (const candidate of candidates) {
    const identity = await fileIdentity(candidate);
    if (identity !== undefined) return { ...identity };
  }
  throw new ToolError("exec.no_program", `${JSON.stringify(program)} is not installed`);
}

/** Workspace files whose names stand in the command: a script that changes after the approval is another script. */
async function namedFiles(plan: CommandPlan, turn: ToolTurn): Promise<Json> {
  const texts = "command" in plan.what ? plan.what.command.split(/[\s"'`;|&<>()=]+/) : plan.what.argv;
  const found: { path: string; sha256: string }[] = [];
  for (const word of new Set(texts)) {
    if (word === "" || word.includes("\0") || found.length >= namedFilesMax) continue;
    const path = isAbsolute(word) ? word : join(folderOf(plan, turn), word);
    const identity = await fileIdentity(path);
    if (identity !== undefined) found.push({ path, sha256: identity.sha256 });
  }
  return found;
}
