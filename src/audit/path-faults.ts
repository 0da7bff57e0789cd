/** What is wrong with the mode, owner or type of one private path, with the documented ids and severities. */
import type { FileFacts } from "../platform/files.ts";
import type { Environment } from "../platform/host.ts";
import { bullets, type Finding, type Severity } from "./finding.ts";

export type PathFault = {
  readonly checkId: string;
  readonly severity: Severity;
  readonly path: string;
  /** What is wrong, for the list of paths. */
  readonly says: string;
  /** The command that repairs it. */
  readonly fix: string;
};

type Seen = { readonly path: string; readonly kind: string; readonly facts: FileFacts & { readonly exists: true } };
type Around = { readonly self: number; readonly environment: Environment };

/** At most one fault a path, the most severe first: foreign owner, link, writable, readable. */
export function permissionFault({ path, kind, facts }: Seen, { self, environment }: Around): PathFault | undefined {
  const at = (subject: string, severity: Severity, words: Pick<PathFault, "says" | "fix">): PathFault => ({
    checkId: `fs.${kind}.${subject}`,
    severity,
    path,
    ...words,
  });
  if (facts.uid !== self && facts.uid !== 0) {
    return at("foreign_owner", "critical", { says: `belongs to user ${facts.uid}`, fix: `chown -h ${self} ${path}` });
  }
  if (facts.type === "symlink") {
    return at("symlink", "warn", {
      says: `is a link to ${facts.target ?? "?"}`,
      fix: `replace ${path} by a real file`,
    });
  }
  const step = ladderOf(kind).find(({ bits }) => (facts.mode & seenBits(bits, kind, environment)) !== 0);
  if (!step) return undefined;
  const mode = facts.type === "folder" ? "700" : "600";
  const says = `has mode ${facts.mode.toString(8).padStart(3, "0")}`;
  return at(step.subject, step.severity, { says, fix: `chmod ${mode} ${path}` });
}

type Step = { readonly subject: string; readonly bits: number; readonly severity: Severity };

const group = 0o070;

const secretFile: readonly Step[] = [
  { subject: "perms_writable", bits: 0o022, severity: "critical" },
  { subject: "perms_world_readable", bits: 0o005, severity: "critical" },
  { subject: "perms_group_readable", bits: 0o050, severity: "warn" },
];

const plain: readonly Step[] = [
  { subject: "perms_writable", bits: 0o022, severity: "critical" },
  { subject: "perms_readable", bits: 0o055, severity: "warn" },
];

const readable: readonly Step[] = [{ subject: "perms_readable", bits: 0o055, severity: "warn" }];

/** Kinds with a ladder of their own; every other kind has `plain`. */
const ladders: Readonly<Record<string, readonly Step[]>> = {
  state_dir: [
    { subject: "perms_world_writable", bits: 0o002, severity: "critical" },
    { subject: "perms_group_writable", bits: 0o020, severity: "warn" },
    ...readable,
  ],
  config: secretFile,
  config_include: secretFile,
  config_versions: secretFile,
  env: secretFile,
  secrets: secretFile,
  credentials: secretFile,
  identity: secretFile,
  devices: secretFile,
  control_ui_login: secretFile,
  log_file: readable,
};

const ladderOf = (kind: string): readonly Step[] => ladders[kind] ?? plain;

/** A hosted or protected set-up shares some paths with a group of its own. */
function seenBits(bits: number, kind: string, environment: Environment): number {
  const hosting = environment["FASED_HOST_PROFILE"] === "hosting";
  const service = hosting || environment["FASED_PROTECTED_LOCAL"] === "1";
  const shares = kind === "state_dir" || kind === "config" ? service : hosting;
  return shares ? bits & ~group : bits;
}

const titles: Readonly<Record<string, string>> = {
  foreign_owner: "belongs to another user, who can change it",
  symlink: "is a link, so that its place decides who can change it",
  perms_writable: "can be changed by other users of this machine",
  perms_world_writable: "can be changed by everyone on this machine",
  perms_group_writable: "can be changed by its group",
  perms_readable: "can be read by other users of this machine",
  perms_world_readable: "can be read by everyone on this machine",
  perms_group_readable: "can be read by its group",
};

/** All faults of one id as one finding. */
export function faultFinding(faults: readonly PathFault[]): Finding {
  const [{ checkId, severity }] = faults as [PathFault, ...PathFault[]];
  const [, kind = "", subject = ""] = checkId.split(".");
  const what = kind.replaceAll("_", " ");
  return {
    checkId,
    severity,
    title:
      subject === ""
        ? "Private files could not be looked at"
        : `A private path (${what}) ${titles[subject] ?? "is not private"}`,
    detail: bullets(faults.map(({ path, says }) => `${path} ${says}`)),
    remediation:
      faults.length === 1 ? (faults[0]?.fix ?? "") : "chmod 700 folders and 600 files named here, and own them",
  };
}
