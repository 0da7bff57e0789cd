/** The card of an approval in a terminal: the same text as in a chat, headed by its words. */
import type { ApprovalView } from "../gateway/approval-service.ts";
import { cardText } from "../tools/card.ts";
import type { Card } from "../tools/tool.ts";
import type { Style } from "./printer.ts";

/** The first line is the title. */
export function approvalCardLines(approval: ApprovalView, style: Style): string[] {
  const { title, exactly, where, diffs, words, asker, why, sources, expiresAt } = approval;
  const card: Card = { title, exactly, where: where as Card["where"], ...(diffs === undefined ? {} : { diffs }) };
  const contains = sources.length === 0 ? "clean" : `has content of ${sources.map(sourceText).join(", ")}`;
  const [head = "", ...rest] = cardText(card, { words, askedBy: asker, why, contains, expiresAt }).split("\n");
  return [style.strong(head), ...rest];
}

const sourceText = ({ handle, kind, host }: ApprovalView["sources"][number]): string =>
  `${kind}${host === undefined ? "" : ` ${host}`} (${handle})`;
