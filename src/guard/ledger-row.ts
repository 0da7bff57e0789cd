/** A row of the ledger: what was decided about whom, and the hash that chains it to the row before. Pure. */
import { createHmac, hash as digest, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Secret } from "../platform/secret.ts";
import type { Because, Decision, Effect } from "../policy/decision.ts";
import type { Action, Path, Principal, Request } from "../policy/request.ts";

/** What one decision writes. Holds no argument and no body: those may be secret, the summary is redacted. */
export type LedgerEntry = {
  readonly at: number;
  readonly principal: string;
  readonly path: string;
  readonly action: string;
  readonly effect: Effect;
  readonly reason: string;
  readonly because: readonly Because[];
  readonly label: unknown;
  /** Sink, audience, sandbox, grant: what the decision looked at beside the label. */
  readonly detail: unknown;
  readonly session?: string;
  readonly summary?: string;
};

/** As it is stored: all columns, in the order that is hashed. */
export type StoredRow = {
  readonly seq: number;
  readonly at: number;
  readonly principal: string;
  readonly path: string;
  readonly action: string;
  readonly effect: string;
  readonly reason: string;
  readonly because: string;
  readonly label: string;
  readonly detail: string;
  readonly session: string | null;
  readonly summary: string | null;
  readonly previous: string;
  readonly hash: string;
};

/** A key object: made once, it is seven times quicker to use than bytes. */
export type LedgerKey = Secret<KeyObject>;

export type LedgerHead = { readonly count: number; readonly hash: string; readonly mac: string };

/** The hash before the first row. */
export const genesisHash = "";

const summaryLengthMax = 500;
const idLengthMax = 200;

export function entryOf(request: Request, decision: Decision, facts: { at: number; summary?: string }): LedgerEntry {
  const { label, audience, sandbox, grant, session } = request.context;
  return {
    at: facts.at,
    principal: principalText(request.principal),
    path: pathText(request.path),
    action: actionText(request.action),
    effect: decision.effect,
    reason: decision.reason,
    because: decision.because,
    label,
    detail: { audience, sandbox, grant, ...actionDetail(request.action), ...observedDetail(decision) },
    ...(session === undefined ? {} : { session }),
    ...(facts.summary === undefined ? {} : { summary: facts.summary }),
  };
}

/** `operator:id`, `sender:channel/account/id`; ids are escaped, so that none can look like another. */
function principalText(principal: Principal): string {
  if (principal.kind === "operator") return `operator:${escaped(principal.id)}`;
  const kind = principal.identity === "mutable" ? "mutable-sender" : "sender";
  return `${kind}:${[principal.channel, principal.account, principal.id].map(escaped).join("/")}`;
}

function pathText(path: Path): string {
  if (path.kind === "control") return `control/${path.transport}`;
  const place = path.kind === "group" ? [path.group, ...(path.topic === undefined ? [] : [path.topic])] : [];
  return [path.kind, path.channel, path.account, ...place].map(escaped).join("/");
}

function actionText(action: Action): string {
  switch (action.kind) {
    case "message.deliver":
    case "message.send":
      return action.kind;
    case "method.call":
      return `method.call ${escaped(action.method)}`;
    case "tool.call":
      return `tool.call ${escaped(action.tool)}${action.toolAction === undefined ? "" : `:${escaped(action.toolAction)}`}`;
    case "node.invoke":
      return `node.invoke ${escaped(action.node)}/${escaped(action.command)}`;
  }
}

function actionDetail(action: Action): Record<string, unknown> {
  if (action.kind === "tool.call") return { agent: action.agent, surface: action.surface, sink: action.sink };
  return action.kind === "message.send" ? { agent: action.agent, sink: action.sink } : {};
}

/** In observe mode the row is where the rule that would have spoken is seen. */
function observedDetail({ observed }: Decision): Record<string, unknown> {
  return observed === undefined ? {} : { observed };
}

function escaped(text: string): string {
  return encodeURIComponent(text.slice(0, idLengthMax).toWellFormed()).replaceAll("%3A", ":").replaceAll("%40", "@");
}

/** The row that follows `previous`; `redact` is the last net under the summary. */
export function rowAfter(
  previous: { readonly seq: number; readonly hash: string },
  entry: LedgerEntry,
  redact: (text: string) => string,
): StoredRow {
  const row = {
    seq: previous.seq + 1,
    at: entry.at,
    principal: entry.principal,
    path: entry.path,
    action: entry.action,
    effect: entry.effect,
    reason: entry.reason,
    because: JSON.stringify(entry.because),
    label: JSON.stringify(entry.label),
    detail: JSON.stringify(entry.detail),
    session: entry.session ?? null,
    summary: entry.summary === undefined ? null : redact(entry.summary).slice(0, summaryLengthMax),
    previous: previous.hash,
  };
  return { ...row, hash: rowHash(row) };
}

/** SHA-256 over every column, the previous hash among them. */
export function rowHash(row: Omit<StoredRow, "hash">): string {
  const { seq, at, principal, path, action, effect, reason, because, label, detail, session, summary, previous } = row;
  const columns = [
    seq,
    at,
    principal,
    path,
    action,
    effect,
    reason,
    because,
    label,
    detail,
    session,
    summary,
    previous,
  ];
  return digest("sha256", JSON.stringify(columns));
}

/** The head binds count and last hash with a key that is not in the database: a shortened chain does not verify. */
export function headFor(count: number, hash: string, key: LedgerKey): LedgerHead {
  return { count, hash, mac: macOf(count, hash, key) };
}

export function headIsGenuine(head: LedgerHead, key: LedgerKey): boolean {
  const expected = Buffer.from(macOf(head.count, head.hash, key));
  const actual = Buffer.from(head.mac);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function macOf(count: number, hash: string, key: LedgerKey): string {
  return createHmac("sha256", key.reveal()).update(`fased-ledger-head:${count}:${hash}`).digest("hex");
}
