import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelMessage } from "../../src/agent/model.ts";
import {
  boundedTrunk,
  cleanWindow,
  openWindow,
  speakerLabel,
  trunkCharsMax,
  type WindowSources,
  windowLabel,
} from "../../src/agent/window.ts";
import { cleanLabel, joinAll, type Label } from "../../src/policy/label.ts";
import { createHandle } from "../../src/sessions/handle.ts";
import type { Item, ItemContent } from "../../src/sessions/item.ts";

const rank = { owner: 2, known: 1, untrusted: 0 };
const label = fc.record({
  integrity: fc.constantFrom("owner" as const, "known" as const, "untrusted" as const),
  readers: fc.oneof(fc.constant("public" as const), fc.subarray(["owner", "peer:irc:a:ann", "room:irc:a:#x"])),
  secret: fc.boolean(),
  sources: fc.subarray(["a", "b", "c"]),
});

type Said = { readonly kind: ItemContent["kind"]; readonly label: Label };

/** An item whose text occurs nowhere else. */
function itemOf({ kind, label }: Said, id: number): Item {
  const text = `words-${id}-end`;
  const base = { id, session: "s", run: "r", label, at: id };
  const callId = `call-${id}`;
  switch (kind) {
    case "user":
      return { ...base, content: { kind, text, speaker: "ann" } };
    case "part":
      return { ...base, content: { kind, text }, handle: createHandle({ kind: "quoted", text, at: id }) };
    case "tool-call":
      return { ...base, content: { kind, callId, tool: "read", argumentsText: JSON.stringify({ text }) } };
    case "tool-result": {
      const content = { kind, callId: `call-${id - 1}`, tool: "read", text, failed: false };
      return { ...base, content, handle: createHandle({ kind: "tool-result", text, at: id }) };
    }
    default:
      return { ...base, content: { kind, text } };
  }
}

const said = fc.record({ kind: fc.constantFrom("user" as const, "assistant" as const, "notice" as const), label });
/** A step of a run: text and a call, with the result that belongs to it. */
const step = fc.tuple(label, label).map(([call, result]): Said[] => [
  { kind: "assistant", label: call },
  { kind: "tool-call", label: call },
  { kind: "tool-result", label: result },
]);
const opening = fc
  .tuple(label, fc.array(label, { maxLength: 2 }))
  .map(([user, parts]): Said[] => [
    { kind: "user", label: user },
    ...parts.map((part) => ({ kind: "part" as const, label: part })),
  ]);

const sources = fc
  .record({ system: label, trunk: fc.array(said, { maxLength: 8 }), opening, steps: fc.array(step, { maxLength: 4 }) })
  .map(({ system, trunk, opening: first, steps }): WindowSources => {
    const items = [...trunk, ...first, ...steps.flat()].map((each, index) => itemOf(each, index + 1));
    return {
      system: { text: "system", label: system },
      trunk: { items: items.slice(0, trunk.length), handles: [] },
      current: items.slice(trunk.length),
      speakers: "one",
    };
  });

const itemsOf = ({ trunk, current }: WindowSources) => [...trunk.items, ...current];
const shows = (window: { messages: readonly unknown[] }, item: Item) =>
  JSON.stringify(window.messages).includes(`words-${item.id}-end`);
const partsOf = ({ content }: ModelMessage): readonly Exclude<ModelMessage["content"], string>[number][] =>
  typeof content === "string" ? [] : content;
const holds = (run: (input: WindowSources) => void) => fc.assert(fc.property(sources, run), { numRuns: 2_000 });

describe("the window", () => {
  it("has the label that is the join of exactly what it shows", () => {
    holds((input) => {
      const window = openWindow(input);
      const shown = itemsOf(input).filter((item) => shows(window, item));
      expect(window.label).toEqual(joinAll([input.system.label, ...shown.map((item) => item.label)]));
      expect(windowLabel(input)).toEqual(window.label);
    });
  });

  it("shows everything of the run", () => {
    holds((input) => {
      const window = openWindow(input);
      expect(input.current.every((item) => shows(window, item))).toBe(true);
    });
  });

  it("of the clean re-ask holds no word below the speaker, and has the join of the rest as its label", () => {
    holds((input) => {
      const speaker = speakerLabel(input.current) ?? cleanLabel;
      const window = cleanWindow(input, speaker);
      const shown = itemsOf(input).filter((item) => shows(window, item));
      for (const item of shown) expect(rank[item.label.integrity]).toBeGreaterThanOrEqual(rank[speaker.integrity]);
      expect(window.label).toEqual(joinAll([input.system.label, ...shown.map((item) => item.label)]));
    });
  });

  it("never has a tool result without its call before it, or a call without its result", () => {
    holds((input) => {
      for (const window of [openWindow(input), cleanWindow(input, speakerLabel(input.current) ?? cleanLabel)]) {
        const parts = window.messages.flatMap(partsOf);
        const calls = parts.flatMap((part) => (part.type === "tool-call" ? [part.toolCallId] : []));
        const results = parts.flatMap((part) => (part.type === "tool-result" ? [part.toolCallId] : []));
        expect(results).toEqual(calls);
      }
    });
  });
});

describe("the trunk of a window", () => {
  it("is cut to its newest part, within the limit", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: trunkCharsMax }), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const items = lengths.map((length, id) => ({
          ...itemOf({ kind: "assistant", label: cleanLabel }, id),
          content: { kind: "assistant" as const, text: "x".repeat(length) },
        }));
        const kept = boundedTrunk({ items, handles: [] }).items;
        const total = kept.reduce((sum, { content }) => sum + ("text" in content ? content.text.length : 0), 0);
        expect(total).toBeLessThanOrEqual(trunkCharsMax);
        expect(items.slice(items.length - kept.length)).toEqual(kept);
      }),
    );
  });

  it("keeps what a tainted answer carries: a later turn does not launder it", () => {
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (reads) => {
        let items: Item[] = [];
        reads.forEach((read, turn) => {
          const system = { text: "", label: cleanLabel };
          const current = [
            itemOf({ kind: "user", label: cleanLabel }, turn * 10),
            itemOf({ kind: "tool-result", label: read }, turn * 10 + 1),
          ];
          const answer = windowLabel({ system, trunk: { items, handles: [] }, current, speakers: "one" });
          items = [...items, itemOf({ kind: "assistant", label: answer }, turn * 10 + 2)];
        });
        expect(items.at(-1)?.label).toEqual(joinAll(reads));
      }),
    );
  });
});
