/**
 * The sandbox: bubblewrap without network, with the workspace and nothing else of the host that is private. Every run
 * proves itself from inside before the command is released; a run that does not prove itself ends there.
 */
import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import type { Clock } from "../../platform/clock.ts";
import { type FileFacts, fileFacts, readBytesSync, readTextFile, writeFileAtomic } from "../../platform/files.ts";
import { createPrivateFolder, privateFileMode } from "../../platform/private-files.ts";
import { ProcessError, type RunningProcess, startProcess } from "../../platform/processes.ts";
import { reportDescriptor, wordDescriptor } from "./prelude.ts";
import { faultsOf, parseProof } from "./proof.ts";
import {
  type SandboxLayout,
  type SandboxRun,
  type SystemFolder,
  sandboxArguments,
  sandboxHome,
  sandboxUid,
  sandboxWorkspace,
} from "./sandbox-arguments.ts";
import { bubblewrapMissing, explainFailure, type SandboxProblem } from "./sandbox-problem.ts";
import { seccompFilter } from "./seccomp.ts";

export type SandboxReport = { readonly state: "proven" } | ({ readonly state: "unproven" } & SandboxProblem);

export type SandboxOptions = {
  readonly clock: Clock;
  /** Candidates for the program, in order. */
  readonly programs?: readonly string[];
  /** `<state>/sandboxes`: holds the few files that the sandbox sees as /etc. */
  readonly folder: string;
  /** What must not be visible inside: the state directory first of all. */
  readonly hiddenPaths: readonly string[];
  readonly architecture: string;
  readonly timeZone: string;
  /** Name and mail of commits where the repository has none of its own. */
  readonly git: { readonly name: string; readonly email: string };
};

export type SandboxCommand = Pick<SandboxRun, "command" | "folder" | "workspace"> & {
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
};

export class SandboxError extends Error {
  readonly code: string;
  readonly fix: string;

  constructor({ code, reason, fix }: SandboxProblem) {
    super(reason);
    this.name = "SandboxError";
    this.code = code;
    this.fix = fix;
  }
}

export interface Sandbox {
  /** What the last probe or run showed. Before the first probe: unproven. */
  report(): SandboxReport;
  /** The report, after another probe where it is unproven; at most one probe in `reproofIntervalMs`. Never rejects. */
  current(): Promise<SandboxReport>;
  /** Runs an empty command through the whole proof. Never rejects. */
  probe(): Promise<SandboxReport>;
  /** The command runs once its surroundings are proven. Throws SandboxError when they are not; then nothing ran. */
  start(command: SandboxCommand): Promise<RunningProcess>;
  /** Names of the variables that a command finds. */
  readonly environmentKeys: readonly string[];
}

/** Where bubblewrap is looked for, in order. */
export const bubblewrapPrograms = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"] as const;
const proofTimeoutMs = 10_000;
/** A sandbox that failed its proof is tried again when it is wanted, no more often than this. */
export const reproofIntervalMs = 30_000;
const seccompDescriptor = 3;
const dockerSockets = [
  "/run/docker.sock",
  "/var/run/docker.sock",
  "/run/containerd/containerd.sock",
  "/run/podman/podman.sock",
];
const systemPaths = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/** Host folders that are mounted in /etc, and files that are copied there. */
const etcFolders = ["/etc/alternatives"];
const etcFiles = ["/etc/ld.so.cache"];
const etcFileBytesMax = 4 * 1024 * 1024;

export function createSandbox(options: SandboxOptions): Sandbox {
  return new Bubblewrap(options);
}

class Bubblewrap implements Sandbox {
  readonly environmentKeys: readonly string[];
  readonly #options: SandboxOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #layout: Promise<SandboxLayout> | undefined;
  #ownNamespaces: Promise<readonly string[]> | undefined;
  #probing: Promise<SandboxReport> | undefined;
  #probedAt: number | undefined;
  #report: SandboxReport = {
    state: "unproven",
    code: "sandbox.not_probed",
    reason: "the sandbox has not been tried yet",
    fix: "wait for the start-up probe",
  };

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#environment = sandboxEnvironment(options.timeZone);
    this.environmentKeys = Object.keys(this.#environment).sort();
  }

  report(): SandboxReport {
    return this.#report;
  }

  async current(): Promise<SandboxReport> {
    if (this.#probing) return this.#probing;
    if (this.#report.state === "proven" || this.#probedWithin(reproofIntervalMs)) return this.#report;
    return this.probe();
  }

  /** Whoever asks while a probe is on its way gets its outcome. */
  probe(): Promise<SandboxReport> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probedAt = this.#options.clock.now();
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** A clock that was set back makes no probe wait. */
  #probedWithin(intervalMs: number): boolean {
    if (this.#probedAt === undefined) return false;
    const sinceMs = this.#options.clock.now() - this.#probedAt;
    return sinceMs >= 0 && sinceMs < intervalMs;
  }

  async #probe(): Promise<SandboxReport> {
    this.#layout = undefined;
    try {
      const running = await this.start({
        command: "exit 0",
        folder: "",
        timeoutMs: proofTimeoutMs,
        outputBytesMax: 4_096,
      });
      const { code } = await running.exited;
      if (code === 0) this.#report = { state: "proven" };
      else
        this.#report = {
          state: "unproven",
          ...explainFailure({ code, output: running.output.text(), host: await hostSettings() }),
        };
    } catch (error) {
      this.#report = { state: "unproven", ...problemOf(error) };
    }
    return this.#report;
  }

  async start(command: SandboxCommand): Promise<RunningProcess> {
    const filter = seccompFilter(this.#options.architecture);
    if (filter === undefined) throw new SandboxError(noFilter(this.#options.architecture));
    const nonce = randomBytes(16).toString("hex");
    const layout = await this.#useLayout();
    const running = await startProcess({
      argv: sandboxArguments(layout, { ...command, nonce, seccompDescriptor }),
      cwd: "/",
      // Process 1 inside would show whatever stands here: nothing.
      env: {},
      timeoutMs: command.timeoutMs,
      outputBytesMax: command.outputBytesMax,
      extraFds: { [seccompDescriptor]: filter },
      reportFds: [reportDescriptor],
      waitFds: [wordDescriptor],
    });
    await this.#release(running, nonce);
    return running;
  }

  /** Lets the command go when the report from inside is right, else ends the process. */
  async #release(running: RunningProcess, nonce: string): Promise<void> {
    const timer = this.#options.clock.after(proofTimeoutMs, () => void running.kill());
    const report = parseProof((await running.report(reportDescriptor)).toString("utf8"));
    timer.cancel();
    this.#ownNamespaces ??= ownNamespaces();
    const faults = faultsOf(report, { nonce, uid: sandboxUid, ownNamespaces: await this.#ownNamespaces });
    if (faults.length === 0) {
      running.send(wordDescriptor, `${nonce}\n`);
      return;
    }
    const { code } = await running.kill();
    const problem =
      report === undefined
        ? explainFailure({ code, output: running.output.text(), host: await hostSettings() })
        : notIsolated(faults);
    this.#report = { state: "unproven", ...problem };
    throw new SandboxError(problem);
  }

  #useLayout(): Promise<SandboxLayout> {
    this.#layout ??= this.#describe();
    this.#layout.catch(() => {
      this.#layout = undefined;
    });
    return this.#layout;
  }

  async #describe(): Promise<SandboxLayout> {
    const options = this.#options;
    const program = await findBubblewrap(options.programs);
    if (program === undefined) throw new SandboxError(bubblewrapMissing);
    const etc = await writeEtc(options);
    return {
      program,
      system: await systemFolders(),
      readOnly: [{ from: etc, to: "/etc" }, ...(await existing(etcFolders)).map((path) => ({ from: path, to: path }))],
      hiddenPaths: [...options.hiddenPaths, ...dockerSockets],
      environment: this.#environment,
    };
  }
}

/** The whole environment of a sandboxed command. Nothing of the Gateway's own, of a `.env` or of a model's wish is in it. */
function sandboxEnvironment(timeZone: string): Readonly<Record<string, string>> {
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    HOME: sandboxHome,
    TMPDIR: "/tmp",
    LANG: "C.UTF-8",
    TZ: timeZone,
    TERM: "dumb",
    USER: "agent",
    LOGNAME: "agent",
    SHELL: "/bin/sh",
    PWD: sandboxWorkspace,
  };
}

/** Writes the folder that stands for /etc: who the sandbox's user is, and the name under which git commits. */
async function writeEtc(options: SandboxOptions): Promise<string> {
  const folder = join(options.folder, "etc");
  const files: Record<string, string | Buffer> = {
    passwd: `root:x:0:0:root:/:/usr/sbin/nologin\nagent:x:${sandboxUid}:${sandboxUid}:agent:${sandboxHome}:/bin/sh\n`,
    group: `root:x:0:\nagent:x:${sandboxUid}:\n`,
    hosts: "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    gitconfig: gitConfig(options.git),
  };
  for (const path of await existing(etcFiles)) {
    files[basename(path)] = readBytesSync(path, { maxBytes: etcFileBytesMax });
  }
  createPrivateFolder(folder);
  for (const path of await existing(etcFolders)) createPrivateFolder(join(folder, basename(path)));
  for (const [name, content] of Object.entries(files)) {
    await writeFileAtomic(join(folder, name), content, { mode: privateFileMode });
  }
  return folder;
}

function gitConfig({ name, email }: SandboxOptions["git"]): string {
  const quoted = (text: string) => `"${text.replace(/[\p{Cc}]/gu, " ").replace(/["\\]/g, "\\$&")}"`;
  return `[user]\n\tname = ${quoted(name)}\n\temail = ${quoted(email)}\n[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n`;
}

async function systemFolders(): Promise<SystemFolder[]> {
  const found: SystemFolder[] = [];
  for (const path of systemPaths) {
    const facts = await fileFacts(path);
    if (facts.exists && facts.type === "folder") found.push({ path });
    const link = linkOf(facts);
    if (link !== undefined) found.push({ path, link });
  }
  return found;
}

function linkOf(facts: FileFacts): string | undefined {
  return facts.exists && facts.type === "symlink" ? facts.target : undefined;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const facts = await Promise.all(paths.map(fileFacts));
  return paths.filter((_, index) => facts[index]?.exists);
}

/** Where bubblewrap lies; undefined where it is not installed. It may be a link; a device or a folder is no program. */
export async function findBubblewrap(programs: readonly string[] = bubblewrapPrograms): Promise<string | undefined> {
  const facts = await Promise.all(programs.map(fileFacts));
  const isProgram = (found: FileFacts | undefined) => found?.exists && ["file", "symlink"].includes(found.type);
  return programs.find((_, index) => isProgram(facts[index]));
}

async function ownNamespaces(): Promise<readonly string[]> {
  const facts = await Promise.all(["mnt", "net", "pid"].map((kind) => fileFacts(`/proc/self/ns/${kind}`)));
  return facts.flatMap((fact) => linkOf(fact) ?? []);
}

/** Settings of the host that forbid user namespaces, for the explanation. */
/** The kernel settings that decide about user namespaces; empty where a file is absent. */
export async function hostSettings(): Promise<Readonly<Record<string, string>>> {
  const names = {
    userNamespaces: "/proc/sys/kernel/unprivileged_userns_clone",
    appArmor: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    maximum: "/proc/sys/user/max_user_namespaces",
  };
  const entries = Object.entries(names).map(async ([name, path]) => [name, await settingAt(path)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function settingAt(path: string): Promise<string> {
  const facts = await fileFacts(path);
  return facts.exists ? (await readTextFile(path, { maxBytes: 64 })).trim() : "";
}

function problemOf(error: unknown): SandboxProblem {
  if (error instanceof SandboxError) return { code: error.code, reason: error.message, fix: error.fix };
  if (error instanceof ProcessError && error.code === "process.not_found") return bubblewrapMissing;
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: "sandbox.failed",
    reason: `the sandbox cannot start: ${reason}`,
    fix: "see `fased logs` and report it",
  };
}

function notIsolated(faults: readonly string[]): SandboxProblem {
  return {
    code: "sandbox.not_isolated",
    reason: `what started is not isolated: ${faults.join("; ")}`,
    fix: "reinstall bubblewrap from the distribution: apt-get install --reinstall bubblewrap",
  };
}

function noFilter(architecture: string): SandboxProblem {
  return {
    code: "sandbox.architecture",
    reason: `there is no system call filter for ${architecture}`,
    fix: "use an x86-64 or arm64 machine",
  };
}
