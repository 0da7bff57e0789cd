/** The conversations that were looked at, and what the page does with them. */
import { computed, type Signal, signal } from "@preact/signals";
import { navigate, route } from "../../lib/navigation.ts";
import { t } from "../../strings/en.ts";
import { record, stringOf } from "../../wire/frames.ts";
import { call, hello, isConnected, offers, onEvent, onResume } from "../../wire/link.ts";
import { type Problem, problemOf } from "../../wire/problem.ts";
import { createResource } from "../../wire/resource.ts";
import { anything } from "../../wire/shape.ts";
import { kept, sessionContext, undone } from "../../wire/views.ts";
import { type Conversation, type ConversationEvent, emptyConversation, nextConversation } from "./conversation.ts";
import { readHistory, textOf } from "./transcript.ts";

const historyMax = 200;
const spokenCharactersMax = 2000;

const conversations = new Map<string, Signal<Conversation>>();
const drafts = new Map<string, Signal<string>>();
const pendingText = new Map<string, { runId: string; text: string }>();

/** For screen readers: an answer is read when it is whole, not letter by letter. */
export const announcement = signal("");

const defaults = computed(() => record(hello.value?.snapshot["sessionDefaults"]));
const defaultAgent = computed(() => stringOf(defaults.value["defaultAgentId"]) ?? "main");
/** The whole key, also where the Gateway names its last part only. */
export const mainSessionKey = computed(() => {
  const key = stringOf(defaults.value["mainSessionKey"]) ?? "main";
  return key.includes(":") ? key : `agent:${defaultAgent.value}:${key}`;
});
export const sessionKey = computed(() => route.value.query["session"] ?? mainSessionKey.value);

export function conversationOf(key: string): Signal<Conversation> {
  const known = conversations.get(key);
  if (known !== undefined) return known;
  const fresh = signal(emptyConversation);
  conversations.set(key, fresh);
  void load(key);
  return fresh;
}

export function draftOf(key: string): Signal<string> {
  const known = drafts.get(key) ?? signal("");
  drafts.set(key, known);
  return known;
}

/** A key of its own for a new conversation; it exists from its first message on. */
export function startConversation(): void {
  const id = crypto.randomUUID().slice(0, 8);
  navigate({ place: "chat", query: { session: `agent:${defaultAgent.value}:webchat:direct:${id}` } });
}

export async function load(key: string): Promise<void> {
  if (!isConnected.peek()) return;
  try {
    const history = await call("chat.history", { sessionKey: key, limit: historyMax }, readHistory);
    change(key, { kind: "loaded", history });
  } catch (error) {
    change(key, { kind: "load-failed", problem: problemOf(error, t.chat.historyFailed) });
  }
}

export async function send(key: string, text: string, idempotencyKey: string = crypto.randomUUID()): Promise<void> {
  change(key, { kind: "sending", message: { key: idempotencyKey, text, problem: undefined } });
  if (!isConnected.peek()) return;
  try {
    const answer = await call("chat.send", { sessionKey: key, message: text, idempotencyKey }, record);
    change(key, {
      kind: "accepted",
      key: idempotencyKey,
      runId: stringOf(answer["runId"]) ?? idempotencyKey,
      at: Date.now(),
    });
  } catch (error) {
    change(key, { kind: "send-failed", key: idempotencyKey, problem: problemOf(error, t.chat.sendFailed) });
  }
}

export function discard(key: string, idempotencyKey: string): void {
  change(key, { kind: "discarded", key: idempotencyKey });
}

export async function stop(key: string): Promise<Problem | undefined> {
  const runId = conversationOf(key).peek().live?.runId;
  return attempt(t.chat.stopFailed, () =>
    call("chat.abort", runId === undefined ? { sessionKey: key } : { sessionKey: key, runId }, anything),
  );
}

export async function undo(
  key: string,
  idempotencyKey: string,
): Promise<{ restored: readonly string[]; skipped: readonly string[] }> {
  return call("sessions.undo", { sessionKey: key, idempotencyKey }, undone);
}

export async function keep(key: string, idempotencyKey: string): Promise<{ kept: readonly string[] }> {
  return call("sessions.keep", { sessionKey: key, idempotencyKey }, kept);
}

export async function resetSession(key: string): Promise<Problem | undefined> {
  const problem = await attempt(t.chat.reset, () => call("sessions.reset", { key }, anything));
  await load(key);
  return problem;
}

export async function deleteSession(key: string): Promise<Problem | undefined> {
  const problem = await attempt(t.chat.remove, () => call("sessions.delete", { key }, anything));
  if (problem === undefined) {
    conversations.delete(key);
    navigate({ place: "chat" }, "replace");
  }
  return problem;
}

/** What is in the agent's mind in the session on screen. */
export const context = createResource({
  what: "The sources could not be read",
  fetch: () => call("sessions.context", { sessionKey: sessionKey.peek() }, sessionContext),
  events: ["sessions.changed"],
});

export function canShowContext(): boolean {
  return offers("sessions.context");
}

/** Follows the Gateway's events. Called once. */
export function startChat(): void {
  onEvent("chat", onChatEvent);
  onEvent("agent", onAgentEvent);
  onResume(() => {
    for (const [key, conversation] of conversations) void resume(key, conversation.peek());
  });
}

/** What could not be sent while the connection was gone goes now, under the same keys. */
async function resume(key: string, conversation: Conversation): Promise<void> {
  await load(key);
  for (const message of conversation.outgoing) await send(key, message.text, message.key);
}

function onChatEvent(payload: unknown): void {
  const event = record(payload);
  const [key, runId] = [stringOf(event["sessionKey"]), stringOf(event["runId"])];
  if (key === undefined || runId === undefined || !conversations.has(key)) return;
  if (event["state"] === "delta") {
    queueText(key, runId, stringOf(event["deltaText"]) ?? "");
    return;
  }
  flushText();
  if (event["state"] === "error") {
    change(key, { kind: "failed", runId, message: stringOf(event["errorMessage"]) ?? "" });
  } else if (event["state"] === "final" || event["state"] === "aborted") {
    change(key, { kind: "ended", runId, message: event["message"] });
    announcement.value = textOf(record(event["message"])["content"]).slice(0, spokenCharactersMax) || t.chat.finished;
    void load(key);
    void context.load();
  }
}

function onAgentEvent(payload: unknown): void {
  const event = record(payload);
  const runId = stringOf(event["runId"]);
  if (runId === undefined) return;
  if (event["stream"] === "label") void context.load();
  const data = record(event["data"]);
  const key = stringOf(event["sessionKey"]) ?? stringOf(data["sessionKey"]) ?? keyOfRun(runId);
  if (event["stream"] !== "tool" || key === undefined || !conversations.has(key)) return;
  flushText();
  change(key, { kind: "tool", runId, data });
}

/** Letters arrive faster than frames are painted: they are shown once per frame. */
function queueText(key: string, runId: string, delta: string): void {
  const queued = pendingText.get(key);
  if (queued !== undefined && queued.runId !== runId) flushText();
  if (pendingText.size === 0) requestAnimationFrame(flushText);
  pendingText.set(key, { runId, text: (pendingText.get(key)?.text ?? "") + delta });
}

function flushText(): void {
  for (const [key, { runId, text }] of pendingText) change(key, { kind: "text", runId, delta: text });
  pendingText.clear();
}

function keyOfRun(runId: string): string | undefined {
  return [...conversations].find(([, conversation]) => conversation.peek().live?.runId === runId)?.[0];
}

function change(key: string, event: ConversationEvent): void {
  const conversation = conversations.get(key) ?? signal(emptyConversation);
  conversations.set(key, conversation);
  conversation.value = nextConversation(conversation.peek(), event);
}

async function attempt(what: string, action: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return problemOf(error, what);
  }
}
