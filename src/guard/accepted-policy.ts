/**
 * The settings that the owner has accepted. A config file that allows more than they do waits for consent; until then
 * the meet of both is in force. What is stored are the settings, not rules: every start compiles them anew.
 */

import type { Exposure } from "../config/exposure.ts";
import type { Database } from "../platform/database.ts";
import type { PolicyConfig } from "../policy/access.ts";

export const acceptedPolicyMigrations: readonly string[] = [
  `CREATE TABLE accepted_policy (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     hash TEXT NOT NULL,
     settings TEXT NOT NULL,
     accepted_by TEXT NOT NULL,
     at INTEGER NOT NULL
   ) STRICT;`,
];

export type Accepted = {
  readonly hash: string;
  readonly settings: PolicyConfig;
  /** What stood open beside it; empty where an older version wrote the row. */
  readonly exposure: Exposure;
};

/** How the settings came to be accepted, for the record. */
export type AcceptedBy = "first-start" | "narrowing" | "owner" | "environment";

export interface AcceptedPolicyStore {
  load(): Accepted | undefined;
  save(accepted: Accepted, by: AcceptedBy, at: number): Promise<void>;
}

const sections = ["agents", "bindings", "channels", "gateway", "security", "session", "tools"] as const;

export function createAcceptedPolicyStore(database: Database): AcceptedPolicyStore {
  return {
    load() {
      const row = database.get<{ hash: string; settings: string }>(
        "SELECT hash, settings FROM accepted_policy WHERE id = 1",
      );
      if (!row) return undefined;
      const { exposure = {}, ...settings } = JSON.parse(row.settings) as PolicyConfig & { exposure?: Exposure };
      return { hash: row.hash, settings, exposure };
    },
    async save({ hash, settings, exposure }, by, at) {
      // Secrets serialise as their mask; nothing that decides about access is a secret.
      const access = Object.fromEntries(sections.map((name) => [name, settings[name]]));
      const text = JSON.stringify({ ...access, exposure });
      await database.write((transaction) =>
        transaction.run(
          "INSERT OR REPLACE INTO accepted_policy (id, hash, settings, accepted_by, at) VALUES (1, ?, ?, ?, ?)",
          hash,
          text,
          by,
          at,
        ),
      );
    },
  };
}
