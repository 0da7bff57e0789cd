import { expect, test } from "vitest";
import {
  type Conversation,
  type ConversationEvent,
  emptyConversation,
  lastQuestion,
  lastTurn,
  nextConversation,
} from "./conversation.ts";

const problem = { what: "The message was not sent", why: "", fix: "", code: "link.cut" };
const after = (...events: ConversationEvent[]): Conversation => events.reduce(nextConversation, emptyConversation);
const asked: ConversationEvent[] = [
  { kind: "loaded", history: { entries: [], live: undefined } },
  { kind: "sending", message: { key: "k1", text: "list files", problem: undefined } },
  { kind: "accepted", key: "k1", runId: "r1", at: 5 },
];

test("a sent message stands once, first as outgoing, then as said", () => {
  expect(after(...asked.slice(0, 2)).outgoing).toHaveLength(1);
  const now = after(...asked);
  expect(now.outgoing).toEqual([]);
  expect(now.entries).toMatchObject([{ from: "person", text: "list files" }]);
});

test("a message that could not be sent stays, with the reason, and goes again under the same key", () => {
  const failed = after(...asked.slice(0, 2), { kind: "send-failed", key: "k1", problem });
  expect(failed.outgoing).toEqual([{ key: "k1", text: "list files", problem }]);
  const again = nextConversation(failed, {
    kind: "sending",
    message: { key: "k1", text: "list files", problem: undefined },
  });
  expect(again.outgoing).toEqual([{ key: "k1", text: "list files", problem: undefined }]);
});

test("an answer that arrives before the acknowledgement is not lost", () => {
  const now = after(
    asked[0] as ConversationEvent,
    asked[1] as ConversationEvent,
    { kind: "text", runId: "r1", delta: "Two" },
    asked[2] as ConversationEvent,
  );
  expect(now.entries).toMatchObject([{ from: "person" }]);
  expect(now.live?.entries).toMatchObject([{ text: "Two" }]);
});

test("at its end an answer keeps its place, and is not said twice", () => {
  const now = after(
    ...asked,
    { kind: "text", runId: "r1", delta: "Two files." },
    { kind: "ended", runId: "r1", message: { role: "assistant", content: "Two files." } },
  );
  expect(now.live).toBeUndefined();
  expect(now.entries.map((entry) => entry.kind === "message" && entry.text)).toEqual(["list files", "Two files."]);
});

test("an answer that never streamed is taken from its end", () => {
  const now = after(...asked, { kind: "ended", runId: "r1", message: { role: "assistant", content: "Two files." } });
  expect(now.entries.at(-1)).toMatchObject({ from: "agent", text: "Two files." });
});

test("a failed run keeps what it had said and says why it ended", () => {
  const now = after(
    ...asked,
    { kind: "text", runId: "r1", delta: "I" },
    { kind: "failed", runId: "r1", message: "the provider said 401" },
  );
  expect(now.entries.at(-1)).toMatchObject({ text: "I" });
  expect(now.failure).toEqual({ runId: "r1", message: "the provider said 401" });
  expect(lastQuestion(now)).toBe("list files");
});

test("events of an older run do not end the present one", () => {
  const now = after(...asked, { kind: "ended", runId: "r0", message: undefined });
  expect(now.live?.runId).toBe("r1");
});

test("the last turn is what came after the last message of a person", () => {
  const now = after(
    ...asked,
    { kind: "text", runId: "r1", delta: "Two." },
    { kind: "ended", runId: "r1", message: undefined },
  );
  expect(lastTurn(now)).toMatchObject([{ from: "agent" }]);
});
