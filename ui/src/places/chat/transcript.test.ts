import fc from "fast-check";
import { expect, test } from "vitest";
import { argumentLine, argumentRows, changedFiles, toolFacts } from "./tool-words.ts";
import { appendText, applyToolEvent, type LiveRun, readHistory, type ToolEntry, whileWaiting } from "./transcript.ts";

const start: LiveRun = { runId: "run1", entries: [] };

test("history shows who said what, with each result at its call", () => {
  const { entries } = readHistory({
    messages: [
      { id: 1, role: "user", content: "list files", timestamp: 5 },
      {
        id: 2,
        role: "assistant",
        content: [
          { type: "text", text: "Looking." },
          { type: "toolCall", id: "c1", name: "exec", arguments: { command: "ls" } },
        ],
      },
      {
        id: 3,
        role: "toolResult",
        toolCallId: "c1",
        toolName: "exec",
        content: [{ type: "text", text: "a.md" }],
        isError: false,
      },
      { id: 4, role: "assistant", content: "One file." },
      { id: 5, role: "system", content: "An approval was given." },
    ],
  });
  expect(entries.map((entry) => entry.kind)).toEqual(["message", "message", "tool", "message", "notice"]);
  expect(entries[2]).toMatchObject({ tool: "exec", argumentsText: '{"command":"ls"}', output: "a.md", state: "ok" });
});

test("a stored call without a result has an unknown outcome, not a good one", () => {
  const content = [{ type: "toolCall", id: "c1", name: "exec", arguments: {} }];
  const { entries } = readHistory({ messages: [{ role: "assistant", content }] });
  expect(entries).toMatchObject([{ kind: "tool", state: "unknown" }]);
});

test("a call that was cut by a crash says so, live and stored; one that waits for the owner waits", () => {
  const content = [{ type: "toolCall", id: "c1", name: "exec", arguments: {} }];
  const result = {
    role: "toolResult",
    toolCallId: "c1",
    content: "Outcome unknown",
    isError: true,
    details: { unknown: true },
  };
  const stored = readHistory({ messages: [{ role: "assistant", content }, result] }).entries;
  expect(stored).toMatchObject([{ kind: "tool", state: "unknown" }]);
  expect(stored.map(whileWaiting)).toEqual(stored);
  const live = applyToolEvent(start, { phase: "result", toolCallId: "c1", isError: true, details: { unknown: true } });
  expect(live.entries).toMatchObject([{ kind: "tool", state: "unknown" }]);
  const parked = readHistory({ messages: [{ role: "assistant", content }] }).entries;
  expect(parked.map(whileWaiting)).toMatchObject([{ kind: "tool", state: "waiting" }]);
});

test("text after a tool call is a new paragraph, text before it stays where it was", () => {
  const events = [
    (live: LiveRun) => appendText(live, "Let me "),
    (live: LiveRun) => appendText(live, "look."),
    (live: LiveRun) => applyToolEvent(live, { phase: "start", toolCallId: "c1", name: "read", args: { path: "a.md" } }),
    (live: LiveRun) => applyToolEvent(live, { phase: "result", toolCallId: "c1", result: "hello", isError: false }),
    (live: LiveRun) => appendText(live, "It says hello."),
  ];
  const { entries } = events.reduce((live, event) => event(live), start);
  expect(entries).toMatchObject([
    { kind: "message", text: "Let me look." },
    { kind: "tool", id: "c1", tool: "read", state: "ok", output: "hello" },
    { kind: "message", text: "It says hello." },
  ]);
});

test("a run that is still writing when the page comes back goes on from its text", () => {
  const { live } = readHistory({ messages: [], inFlightRun: { runId: "r9", text: "So far" } });
  expect(live?.entries).toMatchObject([{ kind: "message", text: "So far" }]);
});

test("whatever a history holds, reading it never throws", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(readHistory({ messages: [value] }).entries).toBeInstanceOf(Array);
    }),
  );
});

test.each([
  ['{"command":"npm test"}', "npm test"],
  ['{"argv":["git","status"]}', "git status"],
  ['{"path":"notes/a b.md","content":"x"}', "notes/a b.md"],
  ['{"url":"https://a.example/x"}', "https://a.example/x"],
  ["{}", ""],
  ["not json", "not json"],
])("the arguments %s read %s", (text, line) => {
  expect(argumentLine(text)).toBe(line);
});

test("arguments are shown one by one, and text that is no JSON as it is", () => {
  expect(argumentRows('{"path":"a","lines":[1,2]}')).toEqual([
    { name: "path", value: "a" },
    { name: "lines", value: "[\n  1,\n  2\n]" },
  ]);
  expect(argumentRows("{broken")).toEqual([{ name: "", value: "{broken" }]);
});

test("a file that was edited twice is one changed file", () => {
  const edit = (diff: string): ToolEntry => ({
    ...{ kind: "tool", id: diff, tool: "edit", argumentsText: "{}", state: "ok", output: "" },
    details: { path: "a.md", diff, sandbox: "proven", exitCode: 0, durationMs: 12 },
  });
  expect(changedFiles([edit("+1"), edit("+2")])).toEqual([{ path: "a.md", diff: "+1\n+2" }]);
  expect(toolFacts(edit("+1"))).toMatchObject({ exitCode: 0, durationMs: 12, sandbox: "proven" });
});
