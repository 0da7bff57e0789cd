/** Reads what the audit and the questions about access need from disk: config, consent, pairings, files. Changes nothing. */
import { join } from "node:path";
import * as z from "zod";
import { accountsOf } from "../config/accounts.ts";
import type { LoadedConfig } from "../config/load.ts";
import { withoutRefused } from "../config/refused.ts";
import {
  type AcceptedPolicyStore,
  acceptedPolicyMigrations,
  createAcceptedPolicyStore,
} from "../guard/accepted-policy.ts";
import { createPolicyInForce } from "../guard/policy-in-force.ts";
import { createPairingStore } from "../identity/pairing-store.ts";
import type { Clock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { fileFacts, listFolder, readTextFile } from "../platform/files.ts";
import type { Environment } from "../platform/host.ts";
import { type StatePaths, statePaths } from "../platform/state-paths.ts";
import { compile } from "../policy/compile.ts";
import { type Grants, noGrants } from "../policy/grants.ts";
import { survey } from "../policy/survey.ts";
import type { AccessFacts, AuditFacts, ExtensionFacts, SandboxFacts } from "./facts.ts";
import type { Deep } from "./finding.ts";
import { configToJudge } from "./first-start.ts";
import { fileFindings } from "./private-files.ts";
import { hostSandboxFacts } from "./sandbox-facts.ts";

export type GatherOptions = {
  readonly loaded: LoadedConfig;
  readonly environment: Environment;
  readonly clock: Clock;
  /** What a running Gateway holds; without it, what one would hold that starts on this state. */
  readonly access?: AccessFacts;
  /** What a probe showed; without one the facts of the machine are told. */
  readonly sandbox?: SandboxFacts;
  readonly deep?: Deep;
};

/** Everything for `audit`. What cannot be read is told in the facts, never left out silently. */
export async function gatherFacts(options: GatherOptions): Promise<AuditFacts> {
  const { environment, clock } = options;
  const sandbox = options.sandbox ?? (await hostSandboxFacts());
  const loaded = configToJudge({ loaded: options.loaded, environment, sandbox });
  const access = options.access ?? (await accessOnDisk(loaded, clock));
  return {
    loaded,
    judged: options.loaded.status === "absent" ? "first-start" : "file",
    environment,
    access,
    cells: survey(access.policy),
    files: await fileFindings({ loaded, environment }),
    extensions: await extensionsIn(statePaths(loaded.paths.state)),
    sandbox,
    ...(options.deep ? { deep: options.deep } : {}),
  };
}

/** The policy that a Gateway on this state holds in force, and what would wait for consent. */
export async function accessOnDisk(loaded: LoadedConfig, clock: Clock): Promise<AccessFacts> {
  const paths = statePaths(loaded.paths.state);
  const unreadable: { what: string; message: string }[] = [];
  const reading = async <T>(what: string, read: () => Promise<T>, instead: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      unreadable.push({ what, message: error instanceof Error ? error.message : String(error) });
      return instead;
    }
  };
  const grants = await reading("pairings", () => loadGrants(loaded, { paths, clock }), noGrants);
  const accepted = await reading("accepted policy", () => loadAccepted(paths), undefined);
  const inForce = createPolicyInForce({
    accepted: { load: () => accepted, save: async () => undefined },
    now: () => clock.now(),
    onChange: () => undefined,
  });
  await inForce.applySettings(withoutRefused(loaded.config));
  inForce.applyGrants(grants);
  const { pending, current } = inForce;
  const waiting = pending && { ...pending, policy: compile(loaded.config, grants) };
  return { policy: current, waiting, grants, unreadable };
}

type Stores = { readonly paths: StatePaths; readonly clock: Clock };

const loadGrants = ({ config }: LoadedConfig, stores: Stores): Promise<Grants> =>
  createPairingStore(stores).loadGrants(accountsOf(config));

/** Without a database nothing was accepted yet: the first start accepts what it finds. */
async function loadAccepted({ stateDatabase }: StatePaths): Promise<ReturnType<AcceptedPolicyStore["load"]>> {
  if (!(await fileFacts(stateDatabase)).exists) return undefined;
  const database = openDatabase(stateDatabase, { acceptedPolicy: acceptedPolicyMigrations });
  try {
    return createAcceptedPolicyStore(database).load();
  } finally {
    await database.close();
  }
}

async function extensionsIn({ extensions }: StatePaths): Promise<readonly ExtensionFacts[]> {
  if (!(await fileFacts(extensions)).exists) return [];
  const folders = (await listFolder(extensions)).filter(({ type }) => type === "folder");
  return Promise.all(folders.map(({ name }) => extensionFacts(extensions, name)));
}

const manifestBytesMax = 1024 * 1024;

async function extensionFacts(folder: string, name: string): Promise<ExtensionFacts> {
  const path = join(folder, name, "package.json");
  if (!(await fileFacts(path)).exists) return { name, entries: [] };
  try {
    const manifest = extensionManifest.parse(JSON.parse(await readTextFile(path, { maxBytes: manifestBytesMax })));
    return { name, entries: manifest.fased?.extensions ?? [] };
  } catch (error) {
    return { name, entries: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

const extensionManifest = z.looseObject({
  fased: z.looseObject({ extensions: z.array(z.string()).optional() }).optional(),
});
