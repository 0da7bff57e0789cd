/**
 * What agents changed in a workspace: the label of every file that one wrote, and the content from before, so that the
 * last turn can be undone. Contents are kept by hash in the agent's undo folder; rows are in `state.db`.
 */
import type { BlobStore } from "../../platform/blob-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/database.ts";
import type { CapFacts, FileCap } from "../../platform/file-cap.ts";
import { FileCapError } from "../../platform/file-cap-error.ts";
import { scanTree, type TreeEntry } from "../../platform/tree-scan.ts";
import { joinAll, type Label } from "../../policy/label.ts";
import { decodeLabel, encodeLabel } from "../../sessions/stored-label.ts";
import { sha256 } from "../canonical-call.ts";
import { differences, type FileChange, notKept, type Snapshot } from "./workspace-snapshot.ts";

/** Whose change it is, and where. */
export type Place = {
  readonly agent: string;
  readonly session: string;
  readonly run: string;
  readonly files: FileCap;
};

export const workspaceLimits = {
  scan: { entriesMax: 50_000, depthMax: 64 },
  /** Larger files are noticed, not kept. */
  keptFileBytesMax: 16 * 1024 * 1024,
  keptBytesMax: 512 * 1024 * 1024,
} as const;

export type SettledRun = { readonly changes: readonly FileChange[]; readonly complete: boolean };

/** What a workspace file has as long as no agent wrote it: it is the owner's. */
const ownFileLabel: Label = { integrity: "owner", readers: ["owner"], secret: false, sources: [] };

export const workspaceJournalMigrations: readonly string[] = [
  `CREATE TABLE file_labels (
     agent TEXT NOT NULL, identity TEXT NOT NULL, path TEXT NOT NULL, run TEXT NOT NULL, label TEXT NOT NULL,
     at INTEGER NOT NULL, PRIMARY KEY (agent, identity)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX file_labels_by_run ON file_labels (run);
   CREATE TABLE file_changes (
     run TEXT NOT NULL, path TEXT NOT NULL, agent TEXT NOT NULL, session TEXT NOT NULL,
     before TEXT, after TEXT, at INTEGER NOT NULL, undone INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run, path)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX file_changes_by_session ON file_changes (session, at);
   CREATE TABLE command_intervals (
     id INTEGER PRIMARY KEY, agent TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, label TEXT NOT NULL
   ) STRICT;`,
];

/** File systems stamp changes with the last tick of the kernel's clock, which is up to 10 ms old. */
const timestampSlackMs = 20;

/** How long a turn can be undone. */
const undoKeptMs = 30 * 24 * 60 * 60 * 1_000;

/** Files named on one card. */
const taintedShownMax = 50;

type Known = { readonly inode: string; readonly changedAtNs: string; readonly hash: string | undefined };

export interface WorkspaceJournal {
  /** Label of a file's content: its journal row, or that of a command that may have written it, else the owner's. */
  labelOf(agent: string, facts: Pick<CapFacts, "changedAtNs">, content: Uint8Array): Label;
  /** Of the names in a folder: the owner's, joined with the labels of what agents wrote below it. */
  labelBelow(agent: string, folder: string): Label;
  /** Paths whose content an agent wrote below the owner's integrity, and nobody kept; at most `taintedShownMax`. */
  taintedFiles(agent: string): readonly string[];
  /** Replaces or creates a file, remembered and labelled. Throws FileCapError; then nothing changed. */
  write(place: Place, change: { path: string; content: Buffer; label: Label }): Promise<FileChange>;
  /** Join of the labels of everything in the workspace that an agent wrote and nobody kept. */
  workspaceLabel(agent: string, snapshot: Snapshot): Label;
  /** Before a command: remembers what it may change, and that from now on it may. */
  begin(place: Place, label: Label): Promise<{ readonly snapshot: Snapshot; readonly interval: number }>;
  /** After it: what changed, recorded and labelled. */
  settle(
    place: Place,
    begun: { readonly snapshot: Snapshot; readonly interval: number },
    label: Label,
  ): Promise<SettledRun>;
  /** Content by hash, as long as it is kept. */
  content(agent: string, hash: string): Buffer | undefined;
  /** The owner keeps what the run wrote: its files are the owner's from now on. Returns their paths. */
  keep(run: string): Promise<readonly string[]>;
  /** At start: commands that a crash ended can write no more. */
  recover(): Promise<void>;
  /** Forgets turns that are too old to be undone, and contents that nothing needs. Labels are never forgotten. */
  prune(agent: string): Promise<void>;
}

export type JournalPorts = {
  readonly database: Database;
  readonly clock: Clock;
  blobs(agent: string): BlobStore;
};

export function createWorkspaceJournal(ports: JournalPorts): WorkspaceJournal {
  return new StoredJournal(ports);
}

class StoredJournal implements WorkspaceJournal {
  readonly #ports: JournalPorts;
  /** What was seen at each path; content is read again only when inode or change time differ. */
  readonly #known = new Map<string, Map<string, Known>>();

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  labelOf(agent: string, facts: Pick<CapFacts, "changedAtNs">, content: Uint8Array): Label {
    const row = content.length === 0 ? undefined : this.#labelRow(agent, sha256(content));
    if (row !== undefined) return row;
    const covering = this.#intervals(agent, Number(BigInt(facts.changedAtNs) / 1_000_000n));
    return covering.length === 0 ? ownFileLabel : joinAll([ownFileLabel, ...covering]);
  }

  labelBelow(agent: string, folder: string): Label {
    const prefix = folder === "" ? "" : `${folder}/`;
    const rows = this.#ports.database
      .all<{ path: string; label: string }>("SELECT path, label FROM file_labels WHERE agent = ?", agent)
      .filter(({ path }) => path.startsWith(prefix));
    const now = this.#intervals(agent, this.#ports.clock.now());
    return joinAll([ownFileLabel, ...now, ...rows.map(({ label }) => decodeLabel(label))]);
  }

  taintedFiles(agent: string): readonly string[] {
    const rows = this.#ports.database.all<{ path: string; label: string }>(
      "SELECT path, label FROM file_labels WHERE agent = ? ORDER BY at DESC, path",
      agent,
    );
    const tainted = rows.filter(({ label }) => decodeLabel(label).integrity !== "owner");
    return [...new Set(tainted.map(({ path }) => path))].slice(0, taintedShownMax);
  }

  async write(place: Place, change: { path: string; content: Buffer; label: Label }): Promise<FileChange> {
    const { path, content, label } = change;
    const before = await this.#keepCurrent(place, path);
    const after = this.#ports.blobs(place.agent).put(content);
    const done: FileChange = { path, kind: before === undefined ? "created" : "changed", before, after };
    await this.#record(place, [done], { label, present: new Set() });
    const facts = await place.files.write(path, content);
    this.#seen(place.files.root).set(path, { inode: facts.inode, changedAtNs: facts.changedAtNs, hash: after });
    return done;
  }

  workspaceLabel(agent: string, snapshot: Snapshot): Label {
    const rows = this.#ports.database.all<{ identity: string; label: string }>(
      "SELECT identity, label FROM file_labels WHERE agent = ?",
      agent,
    );
    if (rows.length === 0) return ownFileLabel;
    const present = new Set(snapshot.hashes.values());
    return joinAll([
      ownFileLabel,
      ...rows.filter((row) => present.has(row.identity)).map((row) => decodeLabel(row.label)),
    ]);
  }

  async begin(place: Place, label: Label): Promise<{ snapshot: Snapshot; interval: number }> {
    const snapshot = await this.#snapshot(place);
    const interval = await this.#ports.database.write(
      (transaction) =>
        transaction.run(
          "INSERT INTO command_intervals (agent, started_at, label) VALUES (?, ?, ?)",
          place.agent,
          this.#ports.clock.now(),
          encodeLabel(label),
        ).lastInsertRowid,
    );
    return { snapshot, interval };
  }

  async settle(
    place: Place,
    begun: { readonly snapshot: Snapshot; readonly interval: number },
    label: Label,
  ): Promise<SettledRun> {
    const after = await this.#snapshot(place);
    const changes = differences(begun.snapshot, after);
    await this.#record(place, changes, { label, present: new Set(begun.snapshot.hashes.values()) });
    // Every change has its row now; what was beyond the limits keeps the interval as its only witness.
    const whole = after.unsaved === 0 && after.tree.complete;
    await this.#ports.database.write((transaction) =>
      whole
        ? transaction.run("DELETE FROM command_intervals WHERE id = ?", begun.interval)
        : transaction.run(
            "UPDATE command_intervals SET ended_at = ? WHERE id = ?",
            this.#ports.clock.now(),
            begun.interval,
          ),
    );
    const complete = whole && begun.snapshot.tree.complete && begun.snapshot.unsaved === 0;
    return { changes, complete };
  }

  content(agent: string, hash: string): Buffer | undefined {
    return hash === notKept ? undefined : this.#ports.blobs(agent).get(hash);
  }

  async recover(): Promise<void> {
    const now = this.#ports.clock.now();
    await this.#ports.database.write((transaction) =>
      transaction.run("UPDATE command_intervals SET ended_at = ? WHERE ended_at IS NULL", now),
    );
  }

  async prune(agent: string): Promise<void> {
    const before = this.#ports.clock.now() - undoKeptMs;
    await this.#ports.database.write((transaction) =>
      transaction.run("DELETE FROM file_changes WHERE agent = ? AND at < ?", agent, before),
    );
    const rows = this.#ports.database.all<{ before: string | null; after: string | null }>(
      "SELECT before, after FROM file_changes WHERE agent = ?",
      agent,
    );
    const seen = [...this.#known.values()].flatMap((files) => [...files.values()].map(({ hash }) => hash));
    const needed = new Set([...rows.flatMap((row) => [row.before, row.after]), ...seen]);
    const blobs = this.#ports.blobs(agent);
    for (const { hash } of blobs.list()) if (!needed.has(hash)) blobs.remove(hash);
  }

  async keep(run: string): Promise<readonly string[]> {
    return this.#ports.database.write((transaction) => {
      const rows = transaction.all<{ agent: string; identity: string; path: string; label: string }>(
        "SELECT agent, identity, path, label FROM file_labels WHERE run = ? ORDER BY path",
        run,
      );
      for (const row of rows) {
        const label = encodeLabel({ ...decodeLabel(row.label), integrity: "owner", sources: [] });
        transaction.run(
          "UPDATE file_labels SET label = ? WHERE agent = ? AND identity = ?",
          label,
          row.agent,
          row.identity,
        );
      }
      return rows.map(({ path }) => path);
    });
  }

  /** Keeps the current content of a path; undefined when nothing is there. */
  async #keepCurrent(place: Place, path: string): Promise<string | undefined> {
    try {
      return this.#ports
        .blobs(place.agent)
        .put(await place.files.read(path, { maxBytes: workspaceLimits.keptFileBytesMax }));
    } catch (error) {
      if (error instanceof FileCapError && error.code === "not-found") return undefined;
      if (error instanceof FileCapError && error.code === "too-large") return notKept;
      throw error;
    }
  }

  /** `present`: hashes that the workspace held before; such bytes, unlabelled, are the owner's and stay it. */
  async #record(
    place: Place,
    changes: readonly FileChange[],
    { label, present }: { label: Label; present: ReadonlySet<string> },
  ): Promise<void> {
    if (changes.length === 0) return;
    const at = this.#ports.clock.now();
    await this.#ports.database.write((transaction) => {
      for (const change of changes) {
        const { path, before, after } = change;
        transaction.run(
          `INSERT INTO file_changes (run, path, agent, session, before, after, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
           ON CONFLICT (run, path) DO UPDATE SET after = ?6, at = ?7, undone = 0`,
          ...[place.run, path, place.agent, place.session, before ?? null, after ?? null, at],
        );
        const stored = this.#labelToStore(place.agent, change, { label, present });
        if (after === undefined || stored === undefined) continue;
        transaction.run(
          `INSERT INTO file_labels (agent, identity, path, run, label, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
           ON CONFLICT (agent, identity) DO UPDATE SET path = ?3, run = ?4, label = ?5, at = ?6`,
          ...[place.agent, after, path, place.run, stored, at],
        );
      }
    });
  }

  /** Undefined where the content is the owner's anyway. The same bytes written twice keep the lower label. */
  #labelToStore(
    agent: string,
    { before, after }: FileChange,
    { label, present }: { label: Label; present: ReadonlySet<string> },
  ): string | undefined {
    if (after === undefined || [notKept, before, emptyHash].includes(after)) return undefined;
    const known = this.#labelRow(agent, after);
    if (known !== undefined) return encodeLabel(joinAll([known, label]));
    return isOwn(label) || present.has(after) ? undefined : encodeLabel(label);
  }

  #labelRow(agent: string, identity: string): Label | undefined {
    const row = this.#ports.database.get<{ label: string }>(
      "SELECT label FROM file_labels WHERE agent = ? AND identity = ?",
      agent,
      identity,
    );
    return row === undefined ? undefined : decodeLabel(row.label);
  }

  #intervals(agent: string, changedAtMs: number): Label[] {
    return this.#ports.database
      .all<{ label: string }>(
        "SELECT label FROM command_intervals WHERE agent = ? AND started_at <= ? AND (ended_at IS NULL OR ended_at >= ?)",
        agent,
        changedAtMs + timestampSlackMs,
        changedAtMs - timestampSlackMs,
      )
      .map((row) => decodeLabel(row.label));
  }

  async #snapshot(place: Place): Promise<Snapshot> {
    const tree = await scanTree(place.files.root, workspaceLimits.scan);
    const seen = this.#seen(place.files.root);
    const hashes = new Map<string, string>();
    const budget = { bytes: workspaceLimits.keptBytesMax, unsaved: 0 };
    for (const [path, entry] of tree.entries) {
      if (entry.type !== "file") continue;
      budget.bytes -= entry.sizeBytes;
      const hash = budget.bytes < 0 ? undefined : await this.#hashOf(place, path, entry);
      if (hash === undefined) budget.unsaved += 1;
      else hashes.set(path, hash);
    }
    for (const path of seen.keys()) if (!tree.entries.has(path)) seen.delete(path);
    return { tree, hashes, unsaved: budget.unsaved };
  }

  async #hashOf(place: Place, path: string, entry: TreeEntry): Promise<string | undefined> {
    const seen = this.#seen(place.files.root);
    const known = seen.get(path);
    if (known?.inode === entry.inode && known.changedAtNs === entry.changedAtNs) return known.hash;
    const hash = await this.#keepCurrent(place, path).catch(unreadable);
    const kept = hash === notKept ? undefined : hash;
    seen.set(path, { inode: entry.inode, changedAtNs: entry.changedAtNs, hash: kept });
    return kept;
  }

  #seen(root: string): Map<string, Known> {
    const seen = this.#known.get(root) ?? new Map<string, Known>();
    this.#known.set(root, seen);
    return seen;
  }
}

const emptyHash = sha256("");

function isOwn(label: Label): boolean {
  return encodeLabel(label) === encodeLabel(ownFileLabel);
}

function unreadable(error: unknown): undefined {
  // A link out of the workspace, a file without permission, one that vanished: nothing of it is kept.
  if (error instanceof FileCapError) return undefined;
  throw error;
}
