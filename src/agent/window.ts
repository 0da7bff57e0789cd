/**
 * What the model sees: the trunk (what people wrote and the agent answered in earlier turns), opaque handles for the
 * sources of those turns, and the current run in full. The context's label is the join of exactly what is shown.
 */
import { cleanLabel, type Integrity, join, type Label } from "../policy/label.ts";
import type { Handle, Item } from "../sessions/item.ts";
import type { Trunk } from "../sessions/session-store.ts";
import type { ModelMessage } from "./model.ts";

/** Characters of earlier turns in a window; the oldest beyond it are left out. */
export const trunkCharsMax = 80_000;
const speakerCharsMax = 40;

export type LabelledText = { readonly text: string; readonly label: Label };

export type WindowSources = {
  readonly system: LabelledText;
  readonly trunk: Trunk;
  /** Items of the current run, in order. Its notices are for people and for later turns. */
  readonly current: readonly Item[];
  /** In rooms each message says who speaks. */
  readonly speakers: "named" | "one";
};

export type Window = { readonly messages: readonly ModelMessage[]; readonly label: Label };

/** The window of an ordinary step. */
export function openWindow(sources: WindowSources): Window {
  return buildWindow(sources, () => true);
}

/** The window of the clean re-ask: every item below the speaker's label is replaced by its handle. */
export function cleanWindow(sources: WindowSources, speaker: Label): Window {
  return buildWindow(sources, (label) => rank[label.integrity] >= rank[speaker.integrity]);
}

const rank: Record<Integrity, number> = { owner: 2, known: 1, untrusted: 0 };

/** The label of `openWindow(sources)`, without building it. */
export function windowLabel({ system, trunk, current }: WindowSources): Label {
  const items = [...trunk.items, ...current.filter(({ content }) => content.kind !== "notice")];
  return items.reduce((label, item) => join(label, item.label), system.label);
}

/** The newest items that fit into a window, oldest first, and all handles. */
export function boundedTrunk({ items, handles }: Trunk): Trunk {
  let chars = 0;
  const last = items.findLastIndex((item) => {
    chars += "text" in item.content ? item.content.text.length : 0;
    return chars > trunkCharsMax;
  });
  return { items: items.slice(last + 1), handles };
}

/** The label of the person who speaks in this run: the join of what they typed. Undefined when nobody did. */
export function speakerLabel(current: readonly Item[]): Label | undefined {
  const typed = current.filter((item) => item.content.kind === "user").map((item) => item.label);
  return typed.length === 0 ? undefined : typed.reduce(join);
}

type Shows = (label: Label) => boolean;

function buildWindow(sources: WindowSources, shows: Shows): Window {
  const builder = new WindowBuilder(sources.speakers, shows);
  builder.system(sources.system);
  for (const item of sources.trunk.items) builder.add(item);
  builder.turn();
  for (const item of sources.current) if (item.content.kind !== "notice") builder.add(item);
  builder.note(sourcesNote(sources.trunk.handles));
  return builder.finish();
}

function sourcesNote(handles: readonly Handle[]): string {
  if (handles.length === 0) return "";
  const lines = handles.map((handle) => `- ${handleText(handle)}`);
  return `[Gateway: sources of earlier turns, not shown; \`open\` brings one back]\n${lines.join("\n")}`;
}

/** Kind, host, time and hash: nothing in it can instruct. */
function handleText(handle: Handle): string {
  const host = handle.host === undefined ? "" : ` from ${handle.host}`;
  return `${handle.id}: ${handle.kind}${host}, ${new Date(handle.at).toISOString()}, #${handle.hash}`;
}

function leftOut(item: Item): string {
  return `[left out: ${item.handle ? handleText(item.handle) : `${item.content.kind} of ${new Date(item.at).toISOString()}`}]`;
}

class WindowBuilder {
  readonly #messages: ModelMessage[] = [];
  readonly #speakers: "named" | "one";
  readonly #shows: Shows;
  /** Calls that the window shows, by id: a result without its call is told as a note. */
  readonly #calls = new Set<string>();
  #label: Label = cleanLabel;
  #turnAt = 0;

  constructor(speakers: "named" | "one", shows: Shows) {
    this.#speakers = speakers;
    this.#shows = shows;
  }

  system({ text, label }: LabelledText): void {
    this.#label = join(this.#label, label);
    this.#messages.push({ role: "system", content: text });
  }

  /** The current run begins here: its first user message stays a message of its own. */
  turn(): void {
    if (this.#messages.at(-1)?.role === "user") this.#say("(not answered yet)");
    this.#turnAt = this.#messages.length;
  }

  add(item: Item): void {
    if (!this.#shows(item.label)) {
      this.#addLeftOut(item);
      return;
    }
    this.#label = join(this.#label, item.label);
    this.#addShown(item);
  }

  /** A note of the Gateway beside the person's words, in the first message of the current turn. */
  note(text: string): void {
    if (text === "") return;
    const first = this.#messages[this.#turnAt];
    if (first?.role === "user") first.content.push({ type: "text", text });
    else this.#messages.splice(this.#turnAt, 0, { role: "user", content: [{ type: "text", text }] });
  }

  finish(): Window {
    return { messages: this.#messages, label: this.#label };
  }

  #addShown(item: Item): void {
    const { content } = item;
    switch (content.kind) {
      case "user":
        this.#hear(this.#speakers === "one" ? content.text : `${speakerName(content.speaker)}: ${content.text}`);
        return;
      case "assistant":
        this.#say(content.text);
        return;
      case "part":
        this.#hear(`[${item.handle?.kind ?? "attached"} part, not the sender's own words]\n${content.text}`);
        return;
      case "notice":
        this.#hear(`[Gateway: ${content.text}]`);
        return;
      case "tool-call":
        this.#call(content.callId, content.tool, content.argumentsText);
        return;
      case "tool-result":
        this.#result(content.callId, content.tool, {
          type: content.failed ? "error-text" : "text",
          value: content.text === "" ? "(no output)" : content.text,
        });
        return;
    }
  }

  #addLeftOut(item: Item): void {
    const { content } = item;
    switch (content.kind) {
      case "assistant":
        this.#say(leftOut(item));
        return;
      case "tool-call":
        return;
      case "tool-result":
        if (this.#calls.has(content.callId)) {
          this.#result(content.callId, content.tool, { type: "text", value: leftOut(item) });
          return;
        }
        this.#hear(leftOut(item));
        return;
      default:
        this.#hear(leftOut(item));
    }
  }

  #hear(text: string): void {
    const last = this.#messages.at(-1);
    if (last?.role === "user" && this.#messages.length > this.#turnAt) last.content.push({ type: "text", text });
    else this.#messages.push({ role: "user", content: [{ type: "text", text }] });
  }

  #say(text: string): void {
    const last = this.#messages.at(-1);
    if (last?.role === "assistant") last.content.push({ type: "text", text });
    else this.#messages.push({ role: "assistant", content: [{ type: "text", text }] });
  }

  #call(callId: string, toolName: string, argumentsText: string): void {
    const part = { type: "tool-call" as const, toolCallId: callId, toolName, input: inputOf(argumentsText) };
    this.#calls.add(callId);
    const last = this.#messages.at(-1);
    if (last?.role === "assistant") last.content.push(part);
    else this.#messages.push({ role: "assistant", content: [part] });
  }

  #result(
    callId: string,
    toolName: string,
    output: { readonly type: "text" | "error-text"; readonly value: string },
  ): void {
    // A shown result whose call is left out: its words are clean, its call was not.
    if (!this.#calls.has(callId)) {
      this.#hear(`[result of ${toolName}]\n${output.value}`);
      return;
    }
    const part = { type: "tool-result" as const, toolCallId: callId, toolName, output };
    const last = this.#messages.at(-1);
    if (last?.role === "tool") last.content.push(part);
    else this.#messages.push({ role: "tool", content: [part] });
  }
}

function speakerName(speaker: string): string {
  return speaker.replace(/[^\p{L}\p{N}@._+ -]/gu, "").slice(0, speakerCharsMax) || "someone";
}

/** Providers demand an object; arguments that are none are told as text. */
function inputOf(argumentsText: string): unknown {
  try {
    const value: unknown = JSON.parse(argumentsText === "" ? "{}" : argumentsText);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : { unreadable: argumentsText };
  } catch {
    return { unreadable: argumentsText };
  }
}
