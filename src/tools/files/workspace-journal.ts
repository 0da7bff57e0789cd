/**
 * What agents changed in a workspace: the label of every file that one wrote, and the content from before, so that the
 * last turn can be undone. Contents are kept by hash in the agent's undo folder; rows are in `state.db`.
 */
import type { BlobStore } from "../../platform/blob-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Transaction } from "../../platform/database.ts";
import type { CapFacts, FileCap } from "../../platform/file-cap.ts";
import { FileCapError } from "../../platform/file-cap-error.ts";
import { scanTree, type TreeEntry } from "../../platform/tree-scan.ts";
import { join, joinAll, type Label } from "../../policy/label.ts";
import { decodeLabel } from "../../sessions/stored-label.ts";
import { sha256 } from "../canonical-call.ts";
import { isOwnLabel, ownFileLabel, WorkspaceLabels, workspaceLabelsMigration } from "./workspace-labels.ts";
import { differences, type FileChange, madePaths, notKept, type Snapshot, touchedPaths } from "./workspace-snapshot.ts";

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

/** A command that may change the workspace. */
export type BegunRun = {
  readonly snapshot: Snapshot;
  readonly interval: number;
  /** Before the snapshot was taken. */
  readonly at: number;
};

export type SettledRun = { readonly changes: readonly FileChange[]; readonly complete: boolean };

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
  workspaceLabelsMigration,
];

/** How long a turn can be undone. */
const undoKeptMs = 30 * 24 * 60 * 60 * 1_000;

/** Files named on one card. */
const taintedShownMax = 50;

/** `made`: paths that stand there anew, or with chosen dates and modes. `present`: hashes that the workspace held before; such bytes, unlabelled, are the owner's and stay it. */
type Recorded = { readonly label: Label; readonly made: readonly string[]; readonly present: ReadonlySet<string> };

type Known = { readonly inode: string; readonly changedAtNs: string; readonly hash: string | undefined };

export interface WorkspaceJournal {
  /** Label of a file's content: its journal row, or that of a command that may have written it, else the owner's. */
  labelOf(agent: string, facts: Pick<CapFacts, "changedAtNs">, content: Uint8Array): Label;
  /** Of the names in a folder: the owner's, joined with the labels under which agents made them. */
  labelOfNames(place: Pick<Place, "agent" | "files">, folder: string, names: readonly string[]): Promise<Label>;
  /** Paths whose content an agent wrote below the owner's integrity, and nobody kept; at most `taintedShownMax`. */
  taintedFiles(agent: string): readonly string[];
  /** Replaces or creates a file, remembered and labelled. Throws FileCapError; then nothing changed. */
  write(place: Place, change: { path: string; content: Buffer; label: Label }): Promise<FileChange>;
  /** Of whatever a command can read: contents and names that an agent wrote and nobody kept, other commands that run. */
  labelOfRun(agent: string, begun: BegunRun): Label;
  /** Of what it may have read since it began. */
  labelSince(agent: string, begun: Pick<BegunRun, "at">): Label;
  /** Before a command: remembers what it may change, and that from now on it may. */
  begin(place: Place, label: Label): Promise<BegunRun>;
  /** After it: what changed, recorded and labelled. */
  settle(place: Place, begun: BegunRun, label: Label): Promise<SettledRun>;
  /** Content by hash, as long as it is kept. */
  content(agent: string, hash: string): Buffer | undefined;
  /** The owner keeps what the run wrote: its files are the owner's from now on. Returns their paths. */
  keep(transaction: Transaction, run: string): readonly string[];
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
  readonly #labels: WorkspaceLabels;
  /** What was seen at each path; content is read again only when inode or change time differ. */
  readonly #known = new Map<string, Map<string, Known>>();

  constructor(ports: JournalPorts) {
    this.#ports = ports;
    this.#labels = new WorkspaceLabels(ports.database);
  }

  labelOf(agent: string, facts: Pick<CapFacts, "changedAtNs">, content: Uint8Array): Label {
    const row = content.length === 0 ? undefined : this.#labels.ofContent(agent, sha256(content));
    return row ?? join(ownFileLabel, this.#labels.ofCommands(agent, [facts.changedAtNs]));
  }

  async labelOfNames(
    { agent, files }: Pick<Place, "agent" | "files">,
    folder: string,
    names: readonly string[],
  ): Promise<Label> {
    const paths = names.map((name) => (folder === "" ? name : `${folder}/${name}`));
    const seen = this.#labels.hasSuspects(agent) ? await Promise.all(paths.map((path) => factsOf(files, path))) : [];
    const times = seen.flatMap((facts) => facts?.changedAtNs ?? []);
    const commands = this.#labels.ofCommands(agent, times);
    return joinAll([ownFileLabel, this.#labels.ofNames(agent, paths), commands]);
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
    const made = before === undefined ? await absentPaths(place.files, path) : [];
    const after = this.#ports.blobs(place.agent).put(content);
    const done: FileChange = { path, kind: before === undefined ? "created" : "changed", before, after };
    await this.#record(place, [done], { label, made, present: new Set() });
    const facts = await place.files.write(path, content);
    this.#seen(place.files.root).set(path, { inode: facts.inode, changedAtNs: facts.changedAtNs, hash: after });
    return done;
  }

  labelOfRun(agent: string, { snapshot, at }: BegunRun): Label {
    const { entries } = snapshot.tree;
    const tree = { paths: new Set(entries.keys()), hashes: new Set(snapshot.hashes.values()) };
    const changes = [...entries.values()].map(({ changedAtNs }) => changedAtNs);
    return joinAll([
      ownFileLabel,
      this.#labels.ofTree(agent, tree),
      this.#labels.ofCommands(agent, changes),
      this.#labels.since(agent, at),
    ]);
  }

  labelSince(agent: string, { at }: Pick<BegunRun, "at">): Label {
    return this.#labels.since(agent, at);
  }

  async begin(place: Place, label: Label): Promise<BegunRun> {
    const at = this.#ports.clock.now();
    const snapshot = await this.#snapshot(place);
    const { agent } = place;
    const interval = await this.#ports.database.write((transaction) =>
      this.#labels.beginCommand(transaction, { agent, at: this.#ports.clock.now(), label }),
    );
    return { snapshot, interval, at };
  }

  async settle(place: Place, begun: BegunRun, label: Label): Promise<SettledRun> {
    const after = await this.#snapshot(place);
    const changes = differences(begun.snapshot, after);
    // Dates and modes that an owner's own command set are no reason to forget what another set.
    const touched = isOwnLabel(label) ? [] : touchedPaths(begun.snapshot, after);
    const made = [...madePaths(begun.snapshot, after), ...touched];
    await this.#record(place, changes, { label, made, present: new Set(begun.snapshot.hashes.values()) });
    // Every change has its row now; what was beyond the limits keeps the interval as its only witness.
    const whole = after.unsaved === 0 && after.tree.complete;
    const command = { id: begun.interval, agent: place.agent, at: this.#ports.clock.now() };
    // Not waited for: until it is stored the command counts as one that still runs, and its files keep its label.
    this.#ports.database
      .write((transaction) => this.#labels.endCommand(transaction, { ...command, rows: whole ? "all" : "some" }))
      .catch(() => undefined);
    const complete = whole && begun.snapshot.tree.complete && begun.snapshot.unsaved === 0;
    return { changes, complete };
  }

  content(agent: string, hash: string): Buffer | undefined {
    return hash === notKept ? undefined : this.#ports.blobs(agent).get(hash);
  }

  async recover(): Promise<void> {
    const now = this.#ports.clock.now();
    await this.#ports.database.write((transaction) => this.#labels.endAllCommands(transaction, now));
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

  keep(transaction: Transaction, run: string): readonly string[] {
    return this.#labels.keep(transaction, run);
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

  async #record(place: Place, changes: readonly FileChange[], facts: Recorded): Promise<void> {
    if (changes.length + facts.made.length === 0) return;
    const at = this.#ports.clock.now();
    const { agent, run, session } = place;
    await this.#ports.database.write((transaction) => {
      this.#labels.putNames(transaction, { agent, run, at, label: facts.label }, facts.made);
      for (const change of changes) {
        const { path, before, after } = change;
        transaction.run(
          `INSERT INTO file_changes (run, path, agent, session, before, after, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
           ON CONFLICT (run, path) DO UPDATE SET after = ?6, at = ?7, undone = 0`,
          ...[run, path, agent, session, before ?? null, after ?? null, at],
        );
        const label = this.#contentLabel(agent, change, facts);
        if (after === undefined || label === undefined) continue;
        this.#labels.putContent(transaction, { agent, run, at, label }, { path, hash: after });
      }
    });
  }

  /** Undefined where the content is the owner's anyway. The same bytes written twice keep the lower label. */
  #contentLabel(agent: string, { before, after }: FileChange, { label, present }: Recorded): Label | undefined {
    if (after === undefined || [notKept, before, emptyHash].includes(after)) return undefined;
    const known = this.#labels.ofContent(agent, after);
    if (known !== undefined) return join(known, label);
    return isOwnLabel(label) || present.has(after) ? undefined : label;
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

/** Of a path and the folders above it: what is not there. */
async function absentPaths(files: FileCap, path: string): Promise<readonly string[]> {
  const parts = path.split("/");
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  const facts = await Promise.all(paths.map((candidate) => factsOf(files, candidate)));
  return paths.filter((_, index) => facts[index] === undefined);
}

/** Undefined for what is not there, or went away. */
async function factsOf(files: FileCap, path: string): Promise<CapFacts | undefined> {
  return files.facts(path).catch(unreadable);
}

function unreadable(error: unknown): undefined {
  // A link out of the workspace, a file without permission, one that vanished: nothing of it is kept.
  if (error instanceof FileCapError) return undefined;
  throw error;
}
