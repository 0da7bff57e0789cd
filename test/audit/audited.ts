/** Audits for tests: a config, an environment and files, in a state directory of their own. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { audit } from "../../src/audit/audit.ts";
import type { AuditFacts, SandboxFacts } from "../../src/audit/facts.ts";
import type { Deep, Report } from "../../src/audit/finding.ts";
import { gatherFacts } from "../../src/audit/gather.ts";
import { type LoadedConfig, loadConfig } from "../../src/config/load.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { compile } from "../../src/policy/compile.ts";
import { type Grants, noGrants } from "../../src/policy/grants.ts";
import { survey } from "../../src/policy/survey.ts";

export type TestFile = {
  readonly path: string;
  readonly type?: "file" | "dir" | "symlink";
  readonly mode?: string;
  readonly content?: string;
  readonly target?: string;
};

type Environment = Readonly<Record<string, string>>;

export type OnDisk = {
  readonly files: readonly TestFile[];
  readonly environment?: Environment;
  readonly sandbox?: SandboxFacts;
  readonly deep?: Deep;
};

/** Builds the state directory, audits it with the real readers, removes it. `.` is the directory itself. */
export async function auditOnDisk({ files, environment = {}, ...rest }: OnDisk): Promise<Report> {
  const parent = mkdtempSync(join(tmpdir(), "fased-audit-"));
  const state = join(parent, "state");
  try {
    mkdirSync(state, { mode: 0o700 });
    for (const file of files) place(state, file);
    const variables = { HOME: parent, FASED_STATE_DIR: state, ...environment };
    const loaded = loadConfig({ environment: variables });
    const facts = await gatherFacts({ loaded, environment: variables, clock: systemClock, sandbox: proven, ...rest });
    return audit(facts, 0);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** What a machine with a working sandbox says. */
export const proven: SandboxFacts = { state: "proven", code: "sandbox.proven", reason: "it proved itself", fix: "" };

function place(state: string, { path, type = "file", mode, content = "", target = "" }: TestFile): void {
  const at = join(state, path);
  mkdirSync(dirname(at), { recursive: true, mode: 0o700 });
  if (type === "symlink") symlinkSync(target, at);
  if (type === "dir") mkdirSync(at, { recursive: true, mode: 0o700 });
  if (type === "file") writeFileSync(at, content, { mode: 0o600 });
  if (mode !== undefined && type !== "symlink") chmodSync(at, Number.parseInt(mode, 8));
}

export type InMemory = {
  readonly config: unknown;
  readonly environment?: Environment;
  readonly grants?: Grants;
  readonly state?: string;
  readonly facts?: Partial<AuditFacts>;
};

/** Loads a config without touching a disk: variables of the process stand in as they do for a real one. */
export function loadedFrom({ config, environment = {}, state = "/state" }: InMemory): LoadedConfig {
  const text = typeof config === "string" ? config : JSON.stringify(config, null, 2);
  const file = join(state, "fased.json");
  const parsed = parseConfig(text, { file, variables: environment });
  const overlay = loadConfig({ environment: { ...environment, FASED_STATE_DIR: "/nowhere/state" } }).config.gateway
    .auth;
  const { auth } = parsed.config.gateway;
  const gateway = {
    ...parsed.config.gateway,
    auth: {
      ...auth,
      ...(overlay.token ? { token: overlay.token } : {}),
      ...(overlay.password ? { password: overlay.password } : {}),
    },
  };
  return {
    ...parsed,
    config: { ...parsed.config, gateway },
    paths: { state, config: file, envFile: join(state, ".env") },
    text,
    hash: "",
    stamps: new Map(),
  };
}

/** Audits a config that lies nowhere: no files, a proven sandbox. */
export function auditOf(options: InMemory): Report {
  const loaded = loadedFrom(options);
  const grants = options.grants ?? noGrants;
  const policy = compile(loaded.config, grants);
  return audit(
    {
      loaded,
      judged: "file",
      environment: options.environment ?? {},
      access: { policy, waiting: undefined, grants, unreadable: [] },
      cells: survey(policy),
      files: [],
      extensions: [],
      sandbox: proven,
      ...options.facts,
    },
    0,
  );
}

/** `id: severity` of every finding. */
export const idsOf = ({ findings }: Report): readonly string[] =>
  findings.map(({ checkId, severity }) => `${checkId}: ${severity}`);

export const above = ({ findings }: Report): readonly string[] =>
  findings.filter(({ severity }) => severity !== "info").map(({ checkId, severity }) => `${checkId}: ${severity}`);
