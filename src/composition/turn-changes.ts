/** What turns did to workspaces, taken back or kept. */
import type { TurnChanges } from "../inbound/ports.ts";
import type { Undo } from "../tools/undo.ts";
import type { Workspaces } from "./workspaces.ts";

type ChangePorts = { readonly undo: Undo; readonly workspaces: Workspaces; agentOf(session: string): string };

export function turnChanges({ undo, workspaces, agentOf }: ChangePorts): TurnChanges {
  return {
    async undo(session) {
      const report = await undo.undo(session, workspaces.of(agentOf(session)).files);
      return { restored: report.undone.map(({ path }) => path), skipped: report.skipped.map(({ path }) => path) };
    },
    async keep(session) {
      const kept = undo.last(session).map(({ path }) => path);
      const { run } = await undo.keep(session);
      return { kept: run === undefined ? [] : kept };
    },
  };
}
