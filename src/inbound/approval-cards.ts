/**
 * Approval cards in the owner's own 1:1 chat, and the owner's answers to them: by button, by words, or by a reply that
 * quotes the card. An answer counts only on an admitted event of an owner; everywhere else it is an ordinary message.
 */
import type { Button, Envelope, ReplyTarget } from "../channels/contract.ts";
import type { Authorized } from "../guard/authorized.ts";
import { listedId } from "../policy/access.ts";
import { cleanLabel, type Label } from "../policy/label.ts";
import { identityOfId } from "../policy/standing.ts";
import type { InboxRow } from "../sessions/inbox.ts";
import { reach } from "../sessions/kill-points.ts";
import type { Approval } from "../tools/approval.ts";
import type { Decided } from "../tools/approvals.ts";
import { askerText, cardText } from "../tools/card.ts";
import type { Admission, Arrival } from "./admission.ts";
import type { Deliverer } from "./deliver.ts";
import type { InboundPorts } from "./ports.ts";

type AnsweringRow = Pick<InboxRow, "row" | "envelope">;

export type ApprovalCards = {
  /** Tells who waits that the owner is asked, and shows the card to the owner. */
  announce(approval: Approval, admission: Admission): Promise<void>;
  /** Shows a card that belongs to no conversation to the owner. */
  showOwner(approval: Approval): Promise<void>;
  /** The text to answer with when this event decided a card; undefined when it is about something else. */
  answer(row: AnsweringRow, arrival: Arrival, authorized: Authorized): Promise<string | undefined>;
};

export function createApprovalCards(ports: InboundPorts, deliverer: Deliverer): ApprovalCards {
  return {
    announce: (approval, admission) => announce({ ports, deliverer }, approval, admission),
    showOwner: (approval) => showOwner({ ports, deliverer }, approval),
    answer: (row, arrival, authorized) => answer(ports, { row, arrival }, authorized),
  };
}

type Announcer = { readonly ports: InboundPorts; readonly deliverer: Deliverer };

async function announce({ ports, deliverer }: Announcer, approval: Approval, admission: Admission): Promise<void> {
  ports.approvalRequested(approval);
  const here = admission.audience !== "public" && admission.audience.includes("owner");
  const text = here
    ? cardOf(approval)
    : `The owner is being asked about this (${approval.words}). It goes on when they decide.`;
  const { principal, path, audience, agent, session, run, replyTarget } = admission;
  const to = { principal, path, audience };
  const common = { to, agent, session, run, target: replyTarget, label: cleanLabel, format: "plain" } as const;
  const buttons = here ? { buttons: buttonsOf(approval) } : {};
  await deliverer.send({
    ...common,
    ...buttons,
    text,
    idempotencyKey: cardKey(approval.id, here ? "card" : "waiting"),
  });
  if (!here && approval.announced) await showOwner({ ports, deliverer }, approval);
}

async function showOwner({ ports, deliverer }: Announcer, approval: Approval): Promise<void> {
  const { agent, session, run } = approval.origin;
  for (const owner of ownerChats(ports)) {
    await deliverer.send({
      ...{ agent, session, run, label: cleanLabel, ...owner },
      text: cardOf(approval),
      format: "plain",
      buttons: buttonsOf(approval),
      idempotencyKey: `${cardKey(approval.id, "card")}:${owner.target.channel}:${owner.target.chat}`,
    });
  }
}

/** Owners' direct chats on channels where the chat is the person: there the id is the address, if it is proved. */
function ownerChats(ports: InboundPorts) {
  return ports.config().security.owners.flatMap(({ channel, account, id: entry }) => {
    const id = listedId(channel, entry);
    if (!ports.channel(channel, account) || identityOfId(channel, id) === "mutable") return [];
    const target: ReplyTarget = { channel, account, chat: id, kind: "direct" };
    const principal = { kind: "sender", channel, account, id, identity: "immutable" } as const;
    const path = { kind: "direct", channel, account } as const;
    return [{ target, to: { principal, path, audience: ["owner"] } }];
  });
}

function cardOf({ card, words, origin, why, expiresAt, call }: Approval): string {
  return cardText(card, {
    words,
    askedBy: askerText(origin.principal),
    why,
    contains: contentsOf(call.label),
    expiresAt,
  });
}

/** What the context chip says. */
function contentsOf({ integrity, sources }: Label): string {
  if (integrity === "owner") return "clean";
  return `has ${integrity === "untrusted" ? "content from outside" : "words of others"} (${sources.length} sources)`;
}

function buttonsOf({ id }: Approval): readonly Button[] {
  return [
    { label: "Allow once", data: `approve:${id}` },
    { label: "Deny", data: `deny:${id}` },
  ];
}

function cardKey(id: string, kind: "card" | "waiting"): string {
  return `approval:${id}:${kind}`;
}

type Event = { readonly row: AnsweringRow; readonly arrival: Arrival };

async function answer(ports: InboundPorts, event: Event, authorized: Authorized): Promise<string | undefined> {
  const { row, arrival } = event;
  if (arrival.standing !== "owner" || arrival.path.kind !== "direct") return undefined;
  const said = decisionIn(ports, row.envelope);
  if (!said) return undefined;
  const decided = await ports.approvals.answer(
    { ...said, settled: (transaction, done) => ports.inbox.concludeIn(transaction, row.row, decidedText(done)) },
    authorized,
  );
  if (decided.outcome === "refused") return refusals[decided.code];
  reach("card.decided");
  ports.approvalDecided(said.id);
  return decidedText(decided);
}

function decidedText({ outcome, approval }: Decided): string {
  return outcome === "granted" ? `Allowed once: ${approval.words}.` : `Denied: ${approval.words}.`;
}

const refusals = {
  "approval.unknown": "There is no such request any more.",
  "approval.not_approver": "Only an owner can decide this.",
  "approval.settled": "This was decided before, or its time is over.",
} as const;

type Said = { readonly id: string; readonly answer: "approve" | "deny" };

function decisionIn(ports: InboundPorts, envelope: Envelope): Said | undefined {
  if (envelope.form === "button") return fromButton(envelope.data ?? "");
  const match = /^\/?(approve|allow|yes|ok|deny|no)\b[\s:,.!-]*(.*)$/is.exec(envelope.text.trim());
  const word = match?.[1]?.toLowerCase();
  if (!match || !word) return undefined;
  const approval = ports.approvals.named(match[2] ?? "") ?? quotedCard(ports, envelope);
  if (!approval) return undefined;
  return { id: approval.id, answer: word === "deny" || word === "no" ? "deny" : "approve" };
}

function fromButton(data: string): Said | undefined {
  const match = /^(approve|deny):([\w-]+)$/.exec(data);
  return match ? { id: match[2] as string, answer: match[1] as Said["answer"] } : undefined;
}

function quotedCard(ports: InboundPorts, { about }: Envelope): Approval | undefined {
  if (about === undefined) return undefined;
  const key = ports.outbox.keyOf(about);
  const id = key === undefined ? undefined : /^approval:([\w-]+):card/.exec(key)?.[1];
  return id === undefined ? undefined : ports.approvals.get(id);
}
