/** Workspace files for the system prompt, each with the label it has in the workspace's journal. */
import type { PromptPorts } from "../agent/prompt.ts";
import { FileCapError } from "../platform/file-cap-error.ts";
import type { WorkspaceJournal } from "../tools/files/workspace-journal.ts";
import type { Workspaces } from "./workspaces.ts";

const instructionBytesMax = 1024 * 1024;

export function instructionReader(workspaces: Workspaces, journal: WorkspaceJournal): PromptPorts["readFile"] {
  return async (agent, name) => {
    const { files } = workspaces.of(agent);
    try {
      const facts = await files.facts(name);
      const content = await files.read(name, { maxBytes: instructionBytesMax });
      return { name, text: content.toString("utf8"), label: journal.labelOf(agent, facts, content) };
    } catch (error) {
      if (error instanceof FileCapError && error.code === "not-found") return undefined;
      throw error;
    }
  };
}
