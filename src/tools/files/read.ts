import * as z from "zod";
import { joinAll, type Label } from "../../policy/label.ts";
import { holdsSecret } from "../secret-scan.ts";
import { ToolError, type ToolPlan, type ToolResult, type ToolSpec, type ToolTurn } from "../tool.ts";
import { shownPath, workspacePath } from "./file-path.ts";
import type { WorkspaceJournal } from "./workspace-journal.ts";

const readBytesMax = 8 * 1024 * 1024;
const readLinesDefault = 2_000;
const entriesShownMax = 1_000;

const parameters = z.strictObject({
  path: z.string().min(1).describe("File or folder in the workspace."),
  offset: z.int().min(1).optional().describe("First line, from 1."),
  limit: z.int().min(1).max(20_000).optional().describe("Number of lines."),
});

type Arguments = z.output<typeof parameters>;

/** `read`: a text file by lines, or the entries of a folder. Its result has the label of what was read. */
export function readTool(journal: WorkspaceJournal): ToolSpec<Arguments> {
  return {
    name: "read",
    description: "Reads a text file of the workspace, or lists a folder.",
    parameters,
    plan: async (input, turn): Promise<ToolPlan> => {
      const path = workspacePath(turn, input.path);
      return {
        sink: { kind: "free", reads: "plain" },
        sandbox: "off",
        canonical: { path, offset: input.offset ?? 1, limit: input.limit ?? readLinesDefault },
        card: {
          title: "Read a file of the workspace",
          exactly: [{ label: "File", text: path, mono: true }],
          where: "gateway",
        },
        summary: `read ${shownPath(path)}`,
      };
    },
    run: async (_call, input, turn) => {
      const path = workspacePath(turn, input.path);
      const { files } = turn.workspace;
      const facts = path === "" ? undefined : await files.facts(path);
      if (facts === undefined || facts.type === "folder") return listing(path, turn, journal);
      const content = await files.read(path, { maxBytes: readBytesMax });
      const text = textOf(content, path);
      const label = journal.labelOf(turn.agent, facts, content);
      return { text: lines(text, input), label: marked(label, text), failed: false, origin: path };
    },
  };
}

async function listing(path: string, turn: ToolTurn, journal: WorkspaceJournal): Promise<ToolResult> {
  const entries = await turn.workspace.files.list(path === "" ? "." : path);
  const listed = entries.slice(0, entriesShownMax);
  const shown = listed.map(
    ({ name, type }) => `${shownPath(name)}${type === "folder" ? "/" : type === "symlink" ? "@" : ""}`,
  );
  const rest = entries.length - shown.length;
  const text = shown.length === 0 ? "(the folder is empty)" : shown.join("\n");
  return {
    text: rest > 0 ? `${text}\n(and ${rest} more)` : text,
    label: await journal.labelOfNames(
      { agent: turn.agent, files: turn.workspace.files },
      path,
      listed.map(({ name }) => name),
    ),
    failed: false,
    origin: path === "" ? "." : path,
  };
}

/** Throws ToolError for what is not text. */
function textOf(content: Buffer, path: string): string {
  if (content.includes(0)) throw notText(content, path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw notText(content, path);
  }
}

function notText(content: Buffer, path: string): ToolError {
  return new ToolError(
    "file.not_text",
    `${shownPath(path)} is not UTF-8 text (${content.length} bytes); look at it with a command`,
  );
}

function lines(text: string, { offset = 1, limit = readLinesDefault }: Arguments): string {
  const all = text.split("\n");
  const wanted = all.slice(offset - 1, offset - 1 + limit);
  if (wanted.length === 0) return `(the file has ${all.length} lines; line ${offset} is beyond its end)`;
  const end = offset - 1 + wanted.length;
  return end >= all.length ? wanted.join("\n") : `${wanted.join("\n")}\n(lines ${offset} to ${end} of ${all.length})`;
}

/** Files can hold credentials whatever their journal row says. */
function marked(label: Label, text: string): Label {
  return holdsSecret(text) ? joinAll([label, { ...label, secret: true }]) : label;
}
