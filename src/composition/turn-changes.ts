/** What turns did to workspaces, taken back or kept. */
import type { KeptChanges, TurnChanges, UndoneChanges } from "../inbound/ports.ts";
import type { Undo, UndoReport } from "../tools/undo.ts";
import type { Workspaces } from "./workspaces.ts";

type ChangePorts = { readonly undo: Undo; readonly workspaces: Workspaces; agentOf(session: string): string };

export function turnChanges({ undo, workspaces, agentOf }: ChangePorts): TurnChanges {
  return {
    async undo(session, settled) {
      const { files } = workspaces.of(agentOf(session));
      return undoneOf(
        await undo.undo(session, files, (transaction, report) => settled?.(transaction, undoneOf(report))),
      );
    },
    async keep(session, settled) {
      const kept: KeptChanges = { kept: undo.last(session).map(({ path }) => path) };
      await undo.keep(session, (transaction) => settled?.(transaction, kept));
      return kept;
    },
  };
}

function undoneOf({ undone, skipped }: UndoReport): UndoneChanges {
  return { restored: undone.map(({ path }) => path), skipped: skipped.map(({ path }) => path) };
}
