/**
 * Labels of what agents did to their workspaces: of contents by hash, of names by path, and of commands as long as what
 * they changed has no rows. A name is content, too: whoever names a folder can write a sentence into a listing of it.
 */
import type { Database, Transaction } from "../../platform/database.ts";
import { joinAll, type Label } from "../../policy/label.ts";
import { decodeLabel, encodeLabel } from "../../sessions/stored-label.ts";

/** What a workspace file has as long as no agent wrote it: it is the owner's. */
export const ownFileLabel: Label = { integrity: "owner", readers: ["owner"], secret: false, sources: [] };

export function isOwnLabel(label: Label): boolean {
  return encodeLabel(label) === encodeLabel(ownFileLabel);
}

/** `settled`: its changes have rows; it counts only for commands that ran beside it. */
export const workspaceLabelsMigration = `CREATE TABLE name_labels (
     agent TEXT NOT NULL, path TEXT NOT NULL, run TEXT NOT NULL, label TEXT NOT NULL, at INTEGER NOT NULL,
     PRIMARY KEY (agent, path)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX name_labels_by_run ON name_labels (run);
   INSERT OR REPLACE INTO name_labels SELECT agent, path, run, label, at FROM file_labels ORDER BY at;
   ALTER TABLE command_intervals ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;`;

/** File systems stamp changes with the last tick of the kernel's clock, which is up to 10 ms old. */
const timestampSlackMs = 20;

/** Whose label it is, since when. */
export type Origin = { readonly agent: string; readonly run: string; readonly at: number; readonly label: Label };

type Interval = { readonly started_at: number; readonly ended_at: number | null; readonly label: string };

export class WorkspaceLabels {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  ofContent(agent: string, hash: string): Label | undefined {
    const row = this.#database.get<{ label: string }>(
      "SELECT label FROM file_labels WHERE agent = ? AND identity = ?",
      agent,
      hash,
    );
    return row === undefined ? undefined : decodeLabel(row.label);
  }

  /** Of paths that an agent made. */
  ofNames(agent: string, paths: readonly string[]): Label {
    const rows = this.#database.all<{ label: string }>(
      "SELECT label FROM name_labels WHERE agent = ? AND path IN (SELECT value FROM json_each(?))",
      agent,
      JSON.stringify(paths),
    );
    return joinAll(rows.map(({ label }) => decodeLabel(label)));
  }

  /** Of the commands that may have written what changed at these times. */
  ofCommands(agent: string, changedAtNs: readonly string[]): Label {
    const found = this.#suspects(agent).filter((suspect) => changedAtNs.some((time) => covers(suspect, time)));
    return joinAll(found.map(({ label }) => decodeLabel(label)));
  }

  /** Whether `ofCommands` can answer anything but the owner's label. */
  hasSuspects(agent: string): boolean {
    return this.#suspects(agent).length > 0;
  }

  /** Of everything that stands at these paths with these contents. */
  ofTree(agent: string, tree: { readonly paths: ReadonlySet<string>; readonly hashes: ReadonlySet<string> }): Label {
    const contents = this.#database.all<{ identity: string; label: string }>(
      "SELECT identity, label FROM file_labels WHERE agent = ?",
      agent,
    );
    const names = this.#database.all<{ path: string; label: string }>(
      "SELECT path, label FROM name_labels WHERE agent = ?",
      agent,
    );
    return joinAll([
      ...contents.filter(({ identity }) => tree.hashes.has(identity)).map(({ label }) => decodeLabel(label)),
      ...names.filter(({ path }) => tree.paths.has(path)).map(({ label }) => decodeLabel(label)),
    ]);
  }

  /** Of what was written since, and of every command that ran since. */
  since(agent: string, at: number): Label {
    const rows = this.#database.all<{ label: string }>(
      `SELECT label FROM command_intervals WHERE agent = ?1 AND (ended_at IS NULL OR ended_at >= ?2)
       UNION SELECT label FROM file_labels WHERE agent = ?1 AND at >= ?2
       UNION SELECT label FROM name_labels WHERE agent = ?1 AND at >= ?2`,
      agent,
      at,
    );
    return joinAll(rows.map(({ label }) => decodeLabel(label)));
  }

  putContent(transaction: Transaction, { agent, run, at, label }: Origin, file: { path: string; hash: string }): void {
    transaction.run(
      `INSERT INTO file_labels (agent, identity, path, run, label, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (agent, identity) DO UPDATE SET path = ?3, run = ?4, label = ?5, at = ?6`,
      ...[agent, file.hash, file.path, run, encodeLabel(label), at],
    );
  }

  /** Paths that stand there anew. A name made of the owner's words alone is the owner's again. */
  putNames(transaction: Transaction, { agent, run, at, label }: Origin, paths: readonly string[]): void {
    for (const path of paths) {
      if (isOwnLabel(label)) {
        transaction.run("DELETE FROM name_labels WHERE agent = ? AND path = ?", agent, path);
        continue;
      }
      transaction.run(
        `INSERT INTO name_labels (agent, path, run, label, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (agent, path) DO UPDATE SET run = ?3, label = ?4, at = ?5`,
        ...[agent, path, run, encodeLabel(label), at],
      );
    }
  }

  /** What the run wrote is the owner's from now on; returns the paths of its contents. */
  keep(transaction: Transaction, run: string): readonly string[] {
    const kept = (label: string) => encodeLabel({ ...decodeLabel(label), integrity: "owner", sources: [] });
    const contents = transaction.all<{ agent: string; identity: string; path: string; label: string }>(
      "SELECT agent, identity, path, label FROM file_labels WHERE run = ? ORDER BY path",
      run,
    );
    for (const { agent, identity, label } of contents) {
      transaction.run(
        "UPDATE file_labels SET label = ? WHERE agent = ? AND identity = ?",
        ...[kept(label), agent, identity],
      );
    }
    const names = transaction.all<{ agent: string; path: string; label: string }>(
      "SELECT agent, path, label FROM name_labels WHERE run = ?",
      run,
    );
    for (const { agent, path, label } of names) {
      transaction.run("UPDATE name_labels SET label = ? WHERE agent = ? AND path = ?", ...[kept(label), agent, path]);
    }
    return contents.map(({ path }) => path);
  }

  beginCommand(transaction: Transaction, { agent, at, label }: Omit<Origin, "run">): number {
    return transaction.run(
      "INSERT INTO command_intervals (agent, started_at, label) VALUES (?, ?, ?)",
      ...[agent, at, encodeLabel(label)],
    ).lastInsertRowid;
  }

  /** `rows`: whether each of its changes has its row; else the command itself stays their witness. */
  endCommand(transaction: Transaction, command: { id: number; agent: string; at: number; rows: "all" | "some" }): void {
    transaction.run(
      "UPDATE command_intervals SET ended_at = ?, settled = ? WHERE id = ?",
      ...[command.at, command.rows === "all" ? 1 : 0, command.id],
    );
    // Kept for those that ran beside it, until none runs.
    transaction.run(
      `DELETE FROM command_intervals WHERE agent = ?1 AND settled = 1
       AND NOT EXISTS (SELECT 1 FROM command_intervals WHERE agent = ?1 AND ended_at IS NULL)`,
      command.agent,
    );
  }

  /** After a crash: no command runs any more, and none has another beside it. */
  endAllCommands(transaction: Transaction, at: number): void {
    transaction.run("UPDATE command_intervals SET ended_at = ? WHERE ended_at IS NULL", at);
    transaction.run("DELETE FROM command_intervals WHERE settled = 1");
  }

  #suspects(agent: string): readonly Interval[] {
    return this.#database
      .all<Interval>("SELECT started_at, ended_at, label FROM command_intervals WHERE agent = ? AND settled = 0", agent)
      .filter(({ label }) => !isOwnLabel(decodeLabel(label)));
  }
}

function covers({ started_at, ended_at }: Interval, changedAtNs: string): boolean {
  const at = Number(BigInt(changedAtNs) / 1_000_000n);
  return started_at <= at + timestampSlackMs && (ended_at === null || ended_at >= at - timestampSlackMs);
}
