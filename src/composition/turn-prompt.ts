/** Workspace files for the system prompt, each with the label it has in the workspace's journal. */
import type { PromptPorts, WorkspaceFile } from "../agent/prompt.ts";
import { FileCapError } from "../platform/file-cap-error.ts";
import { namesInRoot } from "../tools/files/root-names.ts";
import type { WorkspaceJournal } from "../tools/files/workspace-journal.ts";
import type { Workspaces } from "./workspaces.ts";

const instructionBytesMax = 1024 * 1024;

export function instructionReader(workspaces: Workspaces, journal: WorkspaceJournal): PromptPorts["readFiles"] {
  return async (agent, names) => {
    const { files } = workspaces.of(agent);
    const present = await namesInRoot(files, names);
    const read = await Promise.all(present.map((name) => readOne(agent, name)));
    return read.filter((file) => file !== undefined);
  };

  async function readOne(agent: string, name: string): Promise<WorkspaceFile | undefined> {
    const { files } = workspaces.of(agent);
    try {
      const facts = await files.facts(name);
      const content = await files.read(name, { maxBytes: instructionBytesMax });
      return { name, text: content.toString("utf8"), label: journal.labelOf(agent, facts, content) };
    } catch (error) {
      if (error instanceof FileCapError && error.code === "not-found") return undefined;
      throw error;
    }
  }
}
