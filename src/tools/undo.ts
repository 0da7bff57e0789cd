/** Undo of the last turn's changes to a workspace, by file tools and by commands alike, and `keep`, its opposite. */
import type { Database, WithChange } from "../platform/database.ts";
import type { FileCap } from "../platform/file-cap.ts";
import { FileCapError } from "../platform/file-cap-error.ts";
import { reach } from "../sessions/kill-points.ts";
import { sha256 } from "./canonical-call.ts";
import { type WorkspaceJournal, workspaceLimits } from "./files/workspace-journal.ts";
import { notKept } from "./files/workspace-snapshot.ts";

export type UndoneFile = { readonly path: string; readonly done: "restored" | "removed" };
export type SkippedFile = { readonly path: string; readonly why: "changed-since" | "not-kept" | "failed" };

export type UndoReport = {
  /** Undefined: this session has nothing to undo. */
  readonly run: string | undefined;
  readonly undone: readonly UndoneFile[];
  readonly skipped: readonly SkippedFile[];
};

export type KeepReport = { readonly run: string | undefined; readonly files: readonly string[] };

export interface Undo {
  /**
   * Undoes what the last changing turn of the session did. What changed since, or was not kept, is skipped and named.
   * The turn counts as undone with the report; killed before, it is still the last one, and another undo goes on.
   */
  undo(session: string, files: FileCap, settled?: WithChange<UndoReport>): Promise<UndoReport>;
  /** The files that the last changing turn wrote are the owner's from now on. */
  keep(session: string, settled?: WithChange<KeepReport>): Promise<KeepReport>;
  /** What the last changing turn of the session did, for people. */
  last(session: string): readonly { readonly path: string; readonly kind: "created" | "changed" | "deleted" }[];
}

type Row = { run: string; agent: string; path: string; before: string | null; after: string | null };

export function createUndo(database: Database, journal: WorkspaceJournal): Undo {
  const lastRows = (session: string): Row[] =>
    database.all<Row>(
      `SELECT run, agent, path, before, after FROM file_changes WHERE undone = 0 AND run =
         (SELECT run FROM file_changes WHERE session = ?1 AND undone = 0 ORDER BY at DESC, run DESC LIMIT 1)
       ORDER BY path`,
      session,
    );
  return {
    undo: async (session, files, settled) => {
      const rows = lastRows(session);
      const run = rows[0]?.run;
      const undone: UndoneFile[] = [];
      const skipped: SkippedFile[] = [];
      // What was created goes first: a folder may have taken the name of a file.
      const inOrder = [
        ...rows.filter((row) => row.before === null).reverse(),
        ...rows.filter((row) => row.before !== null),
      ];
      for (const row of inOrder) {
        const outcome = await revert(row, files, journal);
        reach("change.reverted");
        if (outcome === "restored" || outcome === "removed") undone.push({ path: row.path, done: outcome });
        else if (outcome !== "already") skipped.push({ path: row.path, why: outcome });
      }
      const report = { run, undone, skipped };
      await database.write((transaction) => {
        if (run !== undefined) transaction.run("UPDATE file_changes SET undone = 1 WHERE run = ?", run);
        settled?.(transaction, report);
      });
      return report;
    },
    keep: (session, settled) =>
      database.write((transaction) => {
        const run = lastRows(session)[0]?.run;
        const report = { run, files: run === undefined ? [] : journal.keep(transaction, run) };
        settled?.(transaction, report);
        return report;
      }),
    last: (session) => lastRows(session).map(({ path, before, after }) => ({ path, kind: kindOf(before, after) })),
  };
}

async function revert(
  row: Row,
  files: FileCap,
  journal: WorkspaceJournal,
): Promise<UndoneFile["done"] | SkippedFile["why"] | "already"> {
  try {
    if (row.before === notKept) return "not-kept";
    const current = await currentHash(row.path, files);
    if (current === row.before) return "already";
    if (current !== row.after || row.after === notKept) return "changed-since";
    if (row.before === null) {
      await files.remove(row.path);
      return "removed";
    }
    const content = journal.content(row.agent, row.before);
    if (content === undefined) return "not-kept";
    await files.write(row.path, content);
    return "restored";
  } catch (error) {
    if (error instanceof FileCapError) return "failed";
    throw error;
  }
}

/** Null when nothing is there. */
async function currentHash(path: string, files: FileCap): Promise<string | null> {
  try {
    return sha256(await files.read(path, { maxBytes: workspaceLimits.keptFileBytesMax }));
  } catch (error) {
    if (error instanceof FileCapError && error.code === "not-found") return null;
    if (error instanceof FileCapError && error.code === "too-large") return notKept;
    throw error;
  }
}

function kindOf(before: string | null, after: string | null): "created" | "changed" | "deleted" {
  if (before === null) return "created";
  return after === null ? "deleted" : "changed";
}
