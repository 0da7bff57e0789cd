/** One conversation while it is on screen: a pure reducer, so that every order of events can be tried. */
import type { Problem } from "../../wire/problem.ts";
import { appendText, applyToolEvent, type Entry, type History, type LiveRun, readMessage } from "./transcript.ts";

export type Outgoing = {
  /** Idempotency key: the same message sent again after a break is the same run. */
  readonly key: string;
  readonly text: string;
  readonly problem: Problem | undefined;
};

export type Failure = { readonly runId: string; readonly message: string };

export type Conversation = {
  readonly isLoaded: boolean;
  readonly problem: Problem | undefined;
  readonly entries: readonly Entry[];
  readonly live: LiveRun | undefined;
  readonly outgoing: readonly Outgoing[];
  readonly failure: Failure | undefined;
};

export const emptyConversation: Conversation = {
  isLoaded: false,
  problem: undefined,
  entries: [],
  live: undefined,
  outgoing: [],
  failure: undefined,
};

export type ConversationEvent =
  | { readonly kind: "loaded"; readonly history: History }
  | { readonly kind: "load-failed"; readonly problem: Problem }
  | { readonly kind: "sending"; readonly message: Outgoing }
  | { readonly kind: "send-failed"; readonly key: string; readonly problem: Problem }
  | { readonly kind: "accepted"; readonly key: string; readonly runId: string; readonly at: number }
  | { readonly kind: "text"; readonly runId: string; readonly delta: string }
  | { readonly kind: "tool"; readonly runId: string; readonly data: Record<string, unknown> }
  | { readonly kind: "ended"; readonly runId: string; readonly message: unknown }
  | { readonly kind: "failed"; readonly runId: string; readonly message: string }
  | { readonly kind: "discarded"; readonly key: string };

export function nextConversation(now: Conversation, event: ConversationEvent): Conversation {
  switch (event.kind) {
    case "loaded":
      return {
        ...now,
        isLoaded: true,
        problem: undefined,
        entries: event.history.entries,
        live: mergeLive(now.live, event.history),
      };
    case "load-failed":
      return { ...now, problem: event.problem };
    case "sending":
      return { ...now, failure: undefined, outgoing: [...without(now.outgoing, event.message.key), event.message] };
    case "send-failed":
      return {
        ...now,
        outgoing: now.outgoing.map((one) => (one.key === event.key ? { ...one, problem: event.problem } : one)),
      };
    case "discarded":
      return { ...now, outgoing: without(now.outgoing, event.key) };
    case "accepted":
      return accepted(now, event);
    case "text":
      return { ...now, live: appendText(liveOf(now, event.runId), event.delta) };
    case "tool":
      return { ...now, live: applyToolEvent(liveOf(now, event.runId), event.data) };
    case "ended":
      return ended(now, event);
    case "failed":
      return {
        ...ended(now, { ...event, message: undefined }),
        failure: { runId: event.runId, message: event.message },
      };
  }
}

/** What the last turn did: everything after the last message of a person. */
export function lastTurn(conversation: Conversation): readonly Entry[] {
  const from = conversation.entries.findLastIndex((entry) => entry.kind === "message" && entry.from === "person");
  return conversation.entries.slice(from + 1);
}

/** The last thing that the operator typed, to edit or send again. */
export function lastQuestion(conversation: Conversation): string | undefined {
  const entry = conversation.entries.findLast((one) => one.kind === "message" && one.from === "person");
  return entry?.kind === "message" ? entry.text : undefined;
}

function accepted(now: Conversation, event: { key: string; runId: string; at: number }): Conversation {
  const message = now.outgoing.find((one) => one.key === event.key);
  if (message === undefined) return now;
  const entry: Entry = {
    kind: "message",
    id: event.key,
    from: "person",
    speaker: "",
    text: message.text,
    at: event.at,
  };
  const { entries, live } = frozen(now, event.runId);
  return {
    ...now,
    outgoing: without(now.outgoing, event.key),
    entries: [...entries, entry],
    live: live ?? { runId: event.runId, entries: [] },
  };
}

function ended(now: Conversation, event: { runId: string; message: unknown }): Conversation {
  if (now.live === undefined || now.live.runId !== event.runId) return now;
  const said = now.live.entries.some((entry) => entry.kind === "message");
  const final = said || event.message === undefined ? [] : readMessage(event.message, `${event.runId}:final`);
  return { ...now, entries: [...now.entries, ...now.live.entries, ...final], live: undefined };
}

/** The run that `runId` writes; another run that was still open is left as it stands. */
function liveOf(now: Conversation, runId: string): LiveRun {
  return now.live?.runId === runId ? now.live : { runId, entries: [] };
}

function frozen(now: Conversation, runId: string): { entries: readonly Entry[]; live: LiveRun | undefined } {
  if (now.live === undefined || now.live.runId === runId) return { entries: now.entries, live: now.live };
  return { entries: [...now.entries, ...now.live.entries], live: undefined };
}

/** After a reconnect the stored text of the running answer is the truth; without one the run is over. */
function mergeLive(before: LiveRun | undefined, history: History): LiveRun | undefined {
  const { live } = history;
  if (live === undefined) return undefined;
  const known = new Set(history.entries.map((entry) => entry.id));
  if (before?.runId !== live.runId || live.entries.length > 0) return live;
  return { ...before, entries: before.entries.filter((entry) => !known.has(entry.id)) };
}

function without(outgoing: readonly Outgoing[], key: string): readonly Outgoing[] {
  return outgoing.filter((one) => one.key !== key);
}
