/** The card of an approval as text, for chats and terminals; the Control UI renders the same parts. */

import { foreignLetters, visibleLine, visibleText } from "../platform/visible-text.ts";
import type { Principal } from "../policy/request.ts";
import { sha256 } from "./canonical-call.ts";
import type { Card } from "./tool.ts";

export type CardContext = {
  readonly words: string;
  /** See `askerText`. */
  readonly askedBy: string;
  /** Sentence of the rule that asks. */
  readonly why: string;
  /** `clean` or `has web content (2 sources)`. */
  readonly contains: string;
  readonly expiresAt: number;
};

/** Who asks, as a card names them. */
export function askerText(principal: Principal): string {
  return principal.kind === "operator" ? ways[principal.via] : `${principal.channel}:${principal.id}`;
}

const ways: Record<Extract<Principal, { kind: "operator" }>["via"], string> = {
  webchat: "owner (Control UI)",
  cli: "owner (a program that is logged in)",
  http: "owner (HTTP)",
};

/** What one exact value may take on a card in a chat; beyond it the hash stands for the middle. */
const cardTextCharsMax = 3_000;
const cardEdgeChars = 1_200;

const places: Record<Card["where"], string> = {
  sandbox: "in the sandbox",
  host: "on the Gateway host, outside any sandbox",
  network: "over the network",
  channel: "in a chat",
  gateway: "in the Gateway's own files or settings",
  client: "wherever the client that asks runs it; the Gateway itself runs nothing",
};

/** Every value exactly as it was hashed, hidden characters made visible; what is cut names its length and hash. */
export function cardText(card: Card, context: CardContext): string {
  const lines = [
    visibleLine(card.title),
    `Where: ${places[card.where]}`,
    ...card.exactly.flatMap((part) => [
      `${visibleLine(part.label)}:`,
      `  ┆ ${exactText(part.text)}`,
      ...foreignNote(part),
    ]),
    ...(card.diffs ?? []).flatMap((diff) => [`Change of ${visibleLine(diff.path)}:`, `  ┆ ${exactText(diff.diff)}`]),
    `Asked by: ${visibleLine(context.askedBy)}`,
    `Conversation: ${visibleLine(context.contains)}`,
    `Why you are asked: ${visibleLine(context.why)}`,
    `Answer "approve ${context.words}" or "deny ${context.words}" until ${new Date(context.expiresAt).toISOString()}.`,
  ];
  return lines.join("\n");
}

function exactText(text: string): string {
  if (text.length <= cardTextCharsMax) return visibleText(text);
  const hidden = text.length - 2 * cardEdgeChars;
  const note = `⟨${hidden} of ${text.length} characters not shown here; SHA-256 of the whole: ${sha256(text)}; read it in the Control UI or with "fased approvals list --full"⟩`;
  return [visibleText(text.slice(0, cardEdgeChars)), note, visibleText(text.slice(-cardEdgeChars))].join("\n  ┆ ");
}

function foreignNote(part: Card["exactly"][number]): string[] {
  const note = part.mono ? foreignLetters(part.text) : undefined;
  return note === undefined ? [] : [`  (${note})`];
}
