/**
 * After a command: control files that appeared where no mount protected them. What can do nothing stays; the rest is put
 * back as it was and becomes a proposal to the owner.
 */
import { FileCapError } from "../../platform/file-cap-error.ts";
import type { Label } from "../../policy/label.ts";
import { type Approvals, approvalNonce } from "../approvals.ts";
import { isControlPath, isInertGitFile } from "../files/control-files.ts";
import { shownPath } from "../files/file-path.ts";
import type { WorkspaceJournal } from "../files/workspace-journal.ts";
import { type FileChange, notKept } from "../files/workspace-snapshot.ts";
import { currentText } from "../files/workspace-text.ts";
import { writePlan } from "../files/write.ts";
import type { ToolTurn } from "../tool.ts";

export type HoldBackPorts = {
  readonly journal: WorkspaceJournal;
  readonly approvals: Approvals;
  /** `guard.epoch`. */
  epoch(): number;
};

const proposalCharsMax = 100_000;
/** More than this at once is no edit of a control file, it is an attack or a checkout: held back without cards. */
const proposalsPerRunMax = 5;

/** One sentence for each file that was held back. */
export async function holdBack(
  changes: readonly FileChange[],
  turn: ToolTurn,
  ports: HoldBackPorts & { readonly label: Label },
): Promise<readonly string[]> {
  const suspects = changes.filter(({ path, kind }) => kind !== "deleted" && isControlPath(path));
  const notes: string[] = [];
  let proposals = 0;
  for (const change of suspects) {
    const content = textOf(change, turn, ports);
    if (content !== undefined && isInertGitFile(change.path, content)) continue;
    await putBack(change, turn, ports);
    const proposed =
      content !== undefined &&
      proposals < proposalsPerRunMax &&
      (await propose({ path: change.path, content }, turn, ports));
    if (proposed) proposals += 1;
    notes.push(
      `${shownPath(change.path)} was put back: it steers the agent or runs by itself${proposed ? "; the owner is asked" : ""}.`,
    );
  }
  return notes;
}

function textOf({ after }: FileChange, turn: ToolTurn, { journal }: HoldBackPorts): string | undefined {
  const content = after === undefined || after === notKept ? undefined : journal.content(turn.agent, after);
  if (content === undefined || content.length > proposalCharsMax || content.includes(0)) return undefined;
  return content.toString("utf8");
}

async function putBack({ path, before }: FileChange, turn: ToolTurn, { journal }: HoldBackPorts): Promise<void> {
  const old = before === undefined || before === notKept ? undefined : journal.content(turn.agent, before);
  try {
    await turn.workspace.files.remove(path);
    if (old !== undefined) await turn.workspace.files.write(path, old);
  } catch (error) {
    // Its folder went away meanwhile; then the file is gone, too.
    if (!(error instanceof FileCapError)) throw error;
  }
}

async function propose(
  { path, content }: { readonly path: string; readonly content: string },
  turn: ToolTurn,
  ports: HoldBackPorts & { readonly label: Label },
): Promise<boolean> {
  const plan = writePlan({ path, before: await currentText(turn, path), content });
  const nonce = approvalNonce();
  const { run, agent, session, principal, path: way, audience, replyTarget } = turn;
  const call = { agent, session, principal, label: ports.label, policyEpoch: ports.epoch(), nonce };
  const outcome = await ports.approvals.request({
    kind: "proposal",
    call: { tool: "write", toolAction: "", call: plan.canonical, ...call },
    toolCall: { id: `held-${nonce.slice(0, 12)}`, name: "write", argumentsText: JSON.stringify({ path, content }) },
    card: plan.card,
    origin: { run, agent, session, principal, path: way, audience, replyTarget },
    why: "a command wrote a control file (engine)",
    asked: false,
  });
  return "approval" in outcome;
}
