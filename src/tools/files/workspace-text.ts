/** What stands in a workspace file before it is changed. */
import type { CapFacts } from "../../platform/file-cap.ts";
import { FileCapError } from "../../platform/file-cap-error.ts";
import { sha256 } from "../canonical-call.ts";
import { ToolError, type ToolTurn } from "../tool.ts";

export type FileText = {
  readonly exists: boolean;
  /** Undefined where no file is, or where it is no UTF-8 text. */
  readonly text: string | undefined;
  readonly bytes: Buffer;
  readonly facts: CapFacts | undefined;
  /** SHA-256 of the content; `absent` where no file is. */
  readonly hash: string;
};

const changedFileBytesMax = 16 * 1024 * 1024;

/** Throws FileCapError for what is no file of the workspace. */
export async function currentText(turn: ToolTurn, path: string): Promise<FileText> {
  try {
    const bytes = await turn.workspace.files.read(path, { maxBytes: changedFileBytesMax });
    const facts = await turn.workspace.files.facts(path);
    return { exists: true, text: decoded(bytes), bytes, facts, hash: sha256(bytes) };
  } catch (error) {
    if (!(error instanceof FileCapError) || error.code !== "not-found") throw error;
    return { exists: false, text: undefined, bytes: Buffer.alloc(0), facts: undefined, hash: "absent" };
  }
}

/** Throws ToolError where the config gives this agent's sandboxed sessions no writing access to the workspace. */
export function requireWritable(turn: ToolTurn): void {
  const agent = turn.config.agents.list.find(({ id }) => id === turn.agent);
  if (agent === undefined || agent.sandbox.mode === "off" || agent.sandbox.workspaceAccess === "rw") return;
  throw new ToolError(
    "file.read_only",
    `the workspace is not writable here (agents.*.sandbox.workspaceAccess is "${agent.sandbox.workspaceAccess}")`,
  );
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
