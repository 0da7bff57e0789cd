import * as z from "zod";
import { sha256 } from "../canonical-call.ts";
import { ToolError, type ToolPlan, type ToolResult, type ToolSpec, type ToolTurn } from "../tool.ts";
import { isControlPath } from "./control-files.ts";
import { shownPath, workspacePath } from "./file-path.ts";
import { textDiff } from "./text-diff.ts";
import type { WorkspaceJournal } from "./workspace-journal.ts";
import { currentText, type FileText, requireWritable } from "./workspace-text.ts";

export const writeCharsMax = 2_000_000;

const parameters = z.strictObject({
  path: z.string().min(1).describe("File in the workspace; its folders are created."),
  content: z.string().max(writeCharsMax).describe("The whole new content."),
});

/** `write`: replaces or creates a file. A control file is a proposal: the owner sees the diff and accepts it. */
export function writeTool(journal: WorkspaceJournal): ToolSpec<z.output<typeof parameters>> {
  return {
    name: "write",
    description: "Writes a file of the workspace, replacing what is there. Can be undone.",
    parameters,
    plan: async ({ path: given, content }, turn) => {
      requireWritable(turn);
      const path = workspacePath(turn, given);
      if (path === "") throw new ToolError("file.not-file", "the path names the workspace itself; name a file in it");
      return writePlan({ path, before: await currentText(turn, path), content });
    },
    run: async (call, { path: given, content }, turn) => {
      const path = workspacePath(turn, given);
      const before = await currentText(turn, path);
      const label = call.authorized.request.context.label;
      const bytes = Buffer.from(content, "utf8");
      await journal.write(placeOf(turn), { path, content: bytes, label });
      return writeResult({ path, before, content }, turn);
    },
  };
}

export type PlannedWrite = { readonly path: string; readonly before: FileText; readonly content: string };

/** The plan of any write to a file of the workspace: free in ordinary files, a proposal in control files. */
export function writePlan({ path, before, content }: PlannedWrite): ToolPlan {
  const control = isControlPath(path);
  const diff = control ? textDiff(before.text ?? "", content) : "";
  return {
    sink: control ? { kind: "control" } : { kind: "free", reads: "effect" },
    sandbox: "off",
    canonical: { path, before: before.hash, after: sha256(content) },
    card: {
      title: control ? "Change a file that steers the agent or runs by itself" : "Write a file of the workspace",
      exactly: [{ label: "File", text: path, mono: true }],
      where: "gateway",
      diffs: [{ path, diff: before.text === undefined && before.exists ? content : diff }],
    },
    summary: `${before.exists ? "change" : "create"} ${shownPath(path)}`,
  };
}

export function writeResult({ path, before, content }: PlannedWrite, turn: ToolTurn): ToolResult {
  const size = Buffer.byteLength(content, "utf8");
  return {
    text: `${before.exists ? "Changed" : "Created"} ${shownPath(path)} (${size} bytes).`,
    label: turn.window.label(),
    failed: false,
    details: { path, kind: before.exists ? "changed" : "created", diff: textDiff(before.text ?? "", content) },
    origin: path,
  };
}

export function placeOf(turn: ToolTurn) {
  return { agent: turn.agent, session: turn.session, run: turn.run, files: turn.workspace.files };
}
