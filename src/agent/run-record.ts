/** The items of one run, in memory and durable, and what a later look at them tells about where the run stands. */
import { type Label, unknownLabel } from "../policy/label.ts";
import { createHandle } from "../sessions/handle.ts";
import type { Item, ItemContent, NewItem, ToolCallContent } from "../sessions/item.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { Usage } from "./turn-contract.ts";

export type RunEnd =
  | { readonly kind: "answered"; readonly text: string; readonly label: Label }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "aborted"; readonly text: string };

export type NewContent = {
  readonly content: ItemContent;
  readonly label: Label;
  /** Host or path of a source; its presence, even empty, gives the item a handle. */
  readonly origin?: string;
};

export class RunRecord {
  readonly #store: SessionStore;
  readonly #session: string;
  readonly #run: string;
  readonly #items: Item[];

  constructor(store: SessionStore, { session, run }: { readonly session: string; readonly run: string }) {
    this.#store = store;
    this.#session = session;
    this.#run = run;
    this.#items = [...store.run(run)];
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** Resolves when all contents, and the usage, are durable in one commit. */
  async append(contents: readonly NewContent[], at: number, usage?: Usage): Promise<void> {
    const items = contents.map((content) => this.#itemOf(content, at));
    const counted = usage === undefined ? undefined : this.#store.countTokens(usage, at);
    const [ids] = await Promise.all([this.#store.append(this.#session, items), counted]);
    items.forEach((item, index) => {
      this.#items.push({ ...item, id: ids[index] ?? 0, session: this.#session });
    });
  }

  /** Calls without a result, in order. */
  unsettledCalls(): readonly ToolCallContent[] {
    const settled = new Set(
      this.#items.flatMap(({ content }) => (content.kind === "tool-result" ? [content.callId] : [])),
    );
    return this.#items.flatMap(({ content }) =>
      content.kind === "tool-call" && !settled.has(content.callId) ? [content] : [],
    );
  }

  /** Number of calls so far: ids of new calls count on from it. */
  get callCount(): number {
    return this.#items.filter(({ content }) => content.kind === "tool-call").length;
  }

  /** The label of the window in which a call was made: what its arguments may hold. */
  labelOfCall(callId: string): Label {
    const item = this.#items.find(({ content }) => content.kind === "tool-call" && content.callId === callId);
    return item?.label ?? unknownLabel;
  }

  /** The items that the model saw when it made this call: all before the answer that holds it. */
  before(callId: string): readonly Item[] {
    const at = this.#items.findIndex(({ content }) => content.kind === "tool-call" && content.callId === callId);
    let first = at;
    while (first > 0 && isPartOfAnswer(this.#items[first - 1])) first -= 1;
    return this.#items.slice(0, Math.max(first, 0));
  }

  /** How the run ended, when it has: an answer is the last thing said, with no call after it. */
  end(): RunEnd | undefined {
    const last = this.#items.at(-1);
    if (last?.content.kind === "assistant") return { kind: "answered", text: last.content.text, label: last.label };
    if (last?.content.kind !== "notice" || last.content.ends === undefined) return undefined;
    if (last.content.ends === "aborted") return { kind: "aborted", text: this.#lastText() };
    return { kind: "failed", code: last.content.code ?? "turn.failed", message: last.content.text };
  }

  #lastText(): string {
    const said = this.#items.findLast(({ content }) => content.kind === "assistant")?.content;
    return said?.kind === "assistant" ? said.text : "";
  }

  #itemOf({ content, label, origin }: NewContent, at: number): NewItem {
    const item = { run: this.#run, content, label, at };
    if (content.kind !== "tool-result" || origin === undefined) return item;
    const host = canName(origin, label) ? origin : "";
    return { ...item, handle: createHandle({ kind: "tool-result", host, text: content.text, at }) };
  }
}

/** Handles are shown beside clean words: a host may stand there, a file's name only when no outsider chose it. */
function canName(origin: string, label: Label): boolean {
  return label.integrity === "owner" || URL.canParse(origin);
}

function isPartOfAnswer(item: Item | undefined): boolean {
  return item?.content.kind === "tool-call" || item?.content.kind === "assistant";
}
