/** What everything else stands on: paths, config, log, the state database, the ledger, the policy in force, the guard. */

import { acceptedServersMigrations } from "../agent/local-servers.ts";
import { accountsOf } from "../config/accounts.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { withoutRefused } from "../config/refused.ts";
import type { Config } from "../config/schema.ts";
import { acceptedPolicyMigrations, createAcceptedPolicyStore } from "../guard/accepted-policy.ts";
import { createGuard, type PolicyGuard } from "../guard/create-guard.ts";
import { type Ledger, ledgerMigrations, openLedger } from "../guard/ledger.ts";
import { loadLedgerKey } from "../guard/ledger-key.ts";
import { createPolicyInForce, type PolicyInForce } from "../guard/policy-in-force.ts";
import { createPairingStore, type PairingStore } from "../identity/pairing-store.ts";
import type { Clock } from "../platform/clock.ts";
import { type Database, openDatabase } from "../platform/database.ts";
import type { Environment, Host } from "../platform/host.ts";
import type { Secret } from "../platform/secret.ts";
import { type StatePaths, statePaths } from "../platform/state-paths.ts";
import { emptyPolicy } from "../policy/policy.ts";
import { standingOf } from "../policy/standing.ts";
import { channelCursorMigrations } from "../sessions/channel-cursors.ts";
import { inboxMigrations } from "../sessions/inbox.ts";
import { operatorActsMigrations } from "../sessions/operator-acts.ts";
import { outboxMigrations } from "../sessions/outbox.ts";
import { runStepsMigrations } from "../sessions/run-steps.ts";
import { whyMigrations } from "../sessions/why.ts";
import { approvalsMigrations } from "../tools/approval.ts";
import { type Approvals, createApprovals } from "../tools/approvals.ts";
import { workspaceJournalMigrations } from "../tools/files/workspace-journal.ts";
import { remindersMigrations } from "../tools/reminders.ts";
import { type Logging, openLogging } from "./logging.ts";
import { secretsIn } from "./secrets.ts";
import type { StartFlags } from "./start-options.ts";

/** Every component with tables in `state.db`. */
export const stateSchema = {
  ledger: ledgerMigrations,
  acceptedPolicy: acceptedPolicyMigrations,
  inbox: inboxMigrations,
  outbox: outboxMigrations,
  runSteps: runStepsMigrations,
  why: whyMigrations,
  approvals: approvalsMigrations,
  workspace: workspaceJournalMigrations,
  reminders: remindersMigrations,
  channelCursors: channelCursorMigrations,
  acceptedServers: acceptedServersMigrations,
  operatorActs: operatorActsMigrations,
} as const;

export type Foundation = Logging & {
  readonly clock: Clock;
  readonly host: Host;
  readonly environment: Environment;
  readonly flags: StartFlags;
  readonly paths: StatePaths;
  /** Reads the file anew; what it says counts from now on, unless it is broken: then the settings of before do. */
  reload(): Promise<LoadedConfig>;
  loaded(): LoadedConfig;
  /** What holds now: the file as last read without fault, no wider than what was accepted. */
  config(): Config;
  readonly database: Database;
  readonly ledger: Ledger;
  readonly guard: PolicyGuard;
  readonly policy: PolicyInForce;
  readonly approvals: Approvals;
  readonly pairing: PairingStore;
  /** Pairings changed: the policy is compiled anew. Throws when a store cannot be read. */
  reloadGrants(): Promise<void>;
  close(): Promise<void>;
};

export type FoundationOptions = {
  readonly clock: Clock;
  readonly host: Host;
  readonly environment: Environment;
  readonly flags: StartFlags;
  readonly loaded: LoadedConfig;
  readonly console?: (line: string) => void;
};

/** Opens everything on disk. Throws when the state directory, the database or a store cannot be read or written. */
export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
  const { clock, environment, flags } = options;
  const paths = statePaths(options.loaded.paths.state);
  let loaded = options.loaded;
  let inForce = loaded.config;
  let secrets: readonly Secret[] = secretsIn(loaded.config);
  const logging = openLogging({
    ...{ clock, console: options.console, folder: paths.logs },
    settings: () => inForce.logging,
    secrets: () => secrets,
  });
  const { log, redact } = logging;
  const database = openDatabase(paths.stateDatabase, stateSchema);
  const ledger = await openLedger({
    database,
    key: await loadLedgerKey(paths.ledgerKey),
    redact,
    anchorPath: paths.ledgerAnchor,
  });
  const approvals: Approvals = createApprovals({
    database,
    clock,
    isOwner: (principal, path) => standingOf(policy.current, principal, path) === "owner",
  });
  const guard = createGuard({
    policy: emptyPolicy,
    ledger,
    spendGrant: (grant) => approvals.spendGrant(grant),
    now: () => clock.now(),
  });
  const policy = createPolicyInForce({
    accepted: createAcceptedPolicyStore(database),
    now: () => clock.now(),
    onChange: (current, epoch) => guard.replace(current, epoch),
  });
  const pairing = createPairingStore({ paths, clock });
  const reloadGrants = async () => policy.applyGrants(await pairing.loadGrants(accountsOf(inForce)));
  await reloadGrants();
  return {
    clock,
    host: options.host,
    environment,
    flags,
    paths,
    reload: async () => {
      loaded = loadConfig({ environment, flags });
      if (loaded.status === "invalid") return loaded;
      inForce = loaded.config;
      secrets = secretsIn(inForce);
      return loaded;
    },
    loaded: () => loaded,
    config: () => withoutRefused(policy.restrained(inForce)),
    ...logging,
    database,
    ledger,
    guard,
    policy,
    approvals,
    pairing,
    reloadGrants,
    close: async () => {
      await guard.settle();
      await ledger.anchor();
      await database.close();
      log.close();
    },
  };
}
