import * as z from "zod";
import { join } from "../../policy/label.ts";
import { ToolError, type ToolSpec, type ToolTurn } from "../tool.ts";
import { shownPath, workspacePath } from "./file-path.ts";
import type { WorkspaceJournal } from "./workspace-journal.ts";
import { currentText, requireWritable } from "./workspace-text.ts";
import { type PlannedWrite, placeOf, writeCharsMax, writePlan, writeResult } from "./write.ts";

const parameters = z.strictObject({
  path: z.string().min(1).describe("File in the workspace."),
  oldText: z
    .string()
    .min(1)
    .max(writeCharsMax)
    .describe("Text to replace, exactly as it stands in the file; must occur once."),
  newText: z.string().max(writeCharsMax).describe("What stands there afterwards."),
  all: z.boolean().optional().describe("Replace every occurrence."),
});

type Arguments = z.output<typeof parameters>;

/** `edit`: replaces an exact text. The file keeps the lower of its own and the context's label. */
export function editTool(journal: WorkspaceJournal): ToolSpec<Arguments> {
  return {
    name: "edit",
    description: "Replaces an exact text in a file of the workspace. Can be undone.",
    parameters,
    plan: async (input, turn) => {
      requireWritable(turn);
      return writePlan(await planned(input, turn));
    },
    run: async (call, input, turn) => {
      const change = await planned(input, turn);
      const { facts, bytes } = change.before;
      const own =
        facts === undefined ? call.authorized.request.context.label : journal.labelOf(turn.agent, facts, bytes);
      const label = join(call.authorized.request.context.label, own);
      await journal.write(placeOf(turn), { path: change.path, content: Buffer.from(change.content, "utf8"), label });
      return writeResult(change, turn);
    },
  };
}

async function planned(
  { path: given, oldText, newText, all = false }: Arguments,
  turn: ToolTurn,
): Promise<PlannedWrite> {
  const path = workspacePath(turn, given);
  const before = await currentText(turn, path);
  if (!before.exists)
    throw new ToolError("file.not-found", `${shownPath(path)} does not exist; create it with \`write\``);
  if (before.text === undefined) throw new ToolError("file.not_text", `${shownPath(path)} is not UTF-8 text`);
  const parts = before.text.split(oldText);
  const found = parts.length - 1;
  if (found === 0) {
    throw new ToolError(
      "edit.not_found",
      `the old text does not occur in ${shownPath(path)}; read the file and copy it exactly`,
    );
  }
  if (found > 1 && !all) {
    throw new ToolError(
      "edit.ambiguous",
      `the old text occurs ${found} times in ${shownPath(path)}; add lines around it, or set \`all\``,
    );
  }
  return { path, before, content: parts.join(newText) };
}
