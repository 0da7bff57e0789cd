/**
 * The settings that the owner has accepted. A config file that allows more than they do waits for consent; until then
 * the meet of both is in force. What is stored are the settings, not rules: every start compiles them anew.
 */
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

export type Accepted = { readonly hash: string; readonly settings: PolicyConfig };

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
      return row && { hash: row.hash, settings: JSON.parse(row.settings) as PolicyConfig };
    },
    async save({ hash, settings }, by, at) {
      // Secrets serialise as their mask; nothing that decides about access is a secret.
      const text = JSON.stringify(Object.fromEntries(sections.map((name) => [name, settings[name]])));
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
