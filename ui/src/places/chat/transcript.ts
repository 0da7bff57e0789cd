/**
 * A conversation as the page shows it. Pure: history and events in, entries out. The text of a running answer and its
 * tool calls stand in the order in which they happened.
 */
import { list, numberOf, record, stringOf } from "../../wire/frames.ts";

export type ToolState = "running" | "ok" | "failed" | "waiting" | "unknown";

export type ToolEntry = {
  readonly kind: "tool";
  readonly id: string;
  readonly tool: string;
  readonly argumentsText: string;
  readonly state: ToolState;
  readonly output: string;
  readonly details: Readonly<Record<string, unknown>>;
};

export type MessageEntry = {
  readonly kind: "message";
  readonly id: string;
  readonly from: "person" | "agent";
  /** Empty for the operator. */
  readonly speaker: string;
  readonly text: string;
  readonly at: number;
};

export type Entry =
  | MessageEntry
  | ToolEntry
  | { readonly kind: "part"; readonly id: string; readonly author: string; readonly text: string }
  | { readonly kind: "notice"; readonly id: string; readonly text: string };

export type LiveRun = { readonly runId: string; readonly entries: readonly Entry[] };

export type History = { readonly entries: readonly Entry[]; readonly live: LiveRun | undefined };

/** The entries of a `chat.history` answer; results are joined to their calls. */
export function readHistory(payload: unknown): History {
  const answer = record(payload);
  const entries: Entry[] = [];
  for (const [at, message] of list(answer["messages"]).entries()) addMessage(entries, record(message), `m${at}`);
  return { entries, live: readLive(answer["inFlightRun"] ?? answer["activeRun"]) };
}

/** The entry of one wire message, for an answer that just ended. */
export function readMessage(message: unknown, id: string): readonly Entry[] {
  const entries: Entry[] = [];
  addMessage(entries, record(message), id);
  return entries;
}

export function appendText(live: LiveRun, delta: string): LiveRun {
  const last = live.entries.at(-1);
  if (last?.kind !== "message") {
    const id = `${live.runId}:${live.entries.length}`;
    return {
      ...live,
      entries: [...live.entries, { kind: "message", id, from: "agent", speaker: "", text: delta, at: 0 }],
    };
  }
  return { ...live, entries: [...live.entries.slice(0, -1), { ...last, text: last.text + delta }] };
}

/** What a tool did: started, said something, ended. An event of a call that was never seen to start still shows. */
export function applyToolEvent(live: LiveRun, data: Record<string, unknown>): LiveRun {
  const id = stringOf(data["toolCallId"]) ?? stringOf(data["callId"]) ?? "";
  const before = live.entries.find((entry): entry is ToolEntry => entry.kind === "tool" && entry.id === id);
  const after = changedTool(before ?? newTool(id, data), data);
  const entries =
    before === undefined ? [...live.entries, after] : live.entries.map((entry) => (entry === before ? after : entry));
  return { ...live, entries };
}

function newTool(id: string, data: Record<string, unknown>): ToolEntry {
  const tool = stringOf(data["name"]) ?? stringOf(data["tool"]) ?? "tool";
  const argumentsText = stringOf(data["argumentsText"]) ?? argumentsOf(data["args"] ?? data["arguments"]);
  return { kind: "tool", id, tool, argumentsText, state: "running", output: "", details: {} };
}

function changedTool(tool: ToolEntry, data: Record<string, unknown>): ToolEntry {
  const phase = stringOf(data["phase"]) ?? "";
  const output = textOf(data["text"] ?? data["result"] ?? data["partialResult"]);
  const details = { ...tool.details, ...record(data["details"]) };
  if (phase === "start") return tool;
  if (phase === "update" || phase === "progress") return { ...tool, output, details };
  if (phase === "parked" || phase === "waiting") return { ...tool, state: "waiting" };
  const failed = data["isError"] === true || data["failed"] === true;
  return { ...tool, output, details, state: endOf(details, failed ? "failed" : "ok") };
}

function readLive(value: unknown): LiveRun | undefined {
  const run = record(value);
  const runId = stringOf(run["runId"]);
  if (runId === undefined) return undefined;
  const text = stringOf(run["text"]) ?? "";
  const live: LiveRun = { runId, entries: [] };
  return text === "" ? live : appendText(live, text);
}

function addMessage(entries: Entry[], message: Record<string, unknown>, fallbackId: string): void {
  const id = String(message["id"] ?? fallbackId);
  const role = stringOf(message["role"]) ?? "";
  if (role === "toolResult" || role === "tool") {
    addResult(entries, message, id);
    return;
  }
  const text = textOf(message["content"] ?? message["text"]);
  if (role === "part") entries.push({ kind: "part", id, author: stringOf(message["author"]) ?? "", text });
  else if (role === "system" || role === "notice") entries.push({ kind: "notice", id, text });
  else if (text !== "" || role === "user") entries.push(messageEntry(message, { id, role, text }));
  for (const call of list(message["content"])) addCall(entries, record(call));
}

function messageEntry(
  message: Record<string, unknown>,
  read: { id: string; role: string; text: string },
): MessageEntry {
  const speaker = stringOf(message["speaker"]) ?? stringOf(message["senderLabel"]) ?? "";
  const at = numberOf(message["timestamp"]) ?? numberOf(message["at"]) ?? 0;
  return {
    kind: "message",
    id: read.id,
    from: read.role === "user" ? "person" : "agent",
    speaker,
    text: read.text,
    at,
  };
}

function addCall(entries: Entry[], block: Record<string, unknown>): void {
  if (block["type"] !== "toolCall" && block["type"] !== "tool_use") return;
  const id = stringOf(block["id"]) ?? "";
  entries.push({ ...newTool(id, { ...block, args: block["arguments"] ?? block["input"] }), state: "unknown" });
}

function addResult(entries: Entry[], message: Record<string, unknown>, id: string): void {
  const callId = stringOf(message["toolCallId"]) ?? stringOf(message["callId"]) ?? id;
  const at = entries.findLastIndex((entry) => entry.kind === "tool" && entry.id === callId);
  const call = entries[at];
  const base = call?.kind === "tool" ? call : newTool(callId, { name: message["toolName"] });
  const failed = message["isError"] === true;
  const details = record(message["details"]);
  const result: ToolEntry = {
    ...base,
    output: textOf(message["content"]),
    details,
    state: endOf(details, failed ? "failed" : "ok"),
  };
  if (call?.kind === "tool") entries[at] = result;
  else entries.push(result);
}

/** A call that a crash cut has a result that says so. */
function endOf(details: Readonly<Record<string, unknown>>, state: "ok" | "failed"): ToolState {
  return details["unknown"] === true ? "unknown" : state;
}

/** A call without a result waits for its owner while a card of its conversation does. */
export function whileWaiting(entry: Entry): Entry {
  return entry.kind === "tool" && entry.state === "unknown" && entry.details["unknown"] !== true
    ? { ...entry, state: "waiting" }
    : entry;
}

/** Text of a message: a string, or the text blocks of a list. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const blocks = Array.isArray(content) ? content : list(record(content)["content"]);
  return blocks
    .map(record)
    .filter((block) => block["type"] === "text" || block["type"] === undefined)
    .map((block) => stringOf(block["text"]) ?? "")
    .join("");
}

function argumentsOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
