import { describe, expect, it } from "vitest";
import { cleanLabel, type Label } from "../policy/label.ts";
import type { Path } from "../policy/request.ts";
import type { Item, ItemContent } from "../sessions/item.ts";
import { createTurnWindow } from "./turn-window.ts";

const owner = cleanLabel;
const known: Label = { ...cleanLabel, integrity: "known" };
const untrusted: Label = { ...cleanLabel, integrity: "untrusted" };
const direct: Path = { kind: "direct", channel: "irc", account: "a" };
const room: Path = { kind: "group", channel: "irc", account: "a", group: "#x", mention: "mentioned" };

const item = (content: ItemContent, label: Label, at = 1): Item => ({
  id: at,
  session: "s",
  run: "r",
  content,
  label,
  at,
});
const typed = (text: string, label: Label) => item({ kind: "user", text, speaker: "x" }, label);
const windowOf = (items: readonly Item[], path: Path) =>
  createTurnWindow({ label: () => owner, trunk: { items: [], handles: [] }, current: () => items, path });
const names = (items: readonly Item[], path: Path) =>
  windowOf(items, path)
    .namingMessages()
    .map(({ text }) => text);

describe("the messages that name things", () => {
  const said = [typed("by the owner", owner), typed("by a listed person", known), typed("by a stranger", untrusted)];

  it("are the owner's in a direct chat, and those of listed people in a room", () => {
    expect(names(said, direct)).toEqual(["by the owner"]);
    expect(names(said, room)).toEqual(["by the owner", "by a listed person"]);
  });

  it("are neither pasted, nor quoted, nor said by the agent", () => {
    const rest = [
      typed("x".repeat(501), owner),
      item({ kind: "part", text: "https://evil.example" }, owner),
      item({ kind: "assistant", text: "https://evil.example" }, owner),
    ];
    expect(names(rest, direct)).toEqual([]);
    expect(names([typed("x".repeat(500), owner)], direct)).toHaveLength(1);
  });
});

describe("the pages of a window", () => {
  const page = (tool: string, failed: boolean, details: unknown) =>
    item({ kind: "tool-result", callId: "c", tool, text: "", failed, details }, untrusted);

  it("are what web_fetch brought, with the links that are texts", () => {
    const items = [
      page("web_fetch", false, { url: "https://a.example/", links: ["https://a.example/b", 7] }),
      page("web_fetch", true, { url: "https://b.example/" }),
      page("exec", false, { url: "https://c.example/" }),
      page("web_fetch", false, "no object"),
    ];
    expect(windowOf(items, direct).pages()).toEqual([{ url: "https://a.example/", links: ["https://a.example/b"] }]);
  });

  it("count as tainted when the call was written under taint", () => {
    const fetched = (label: Label) =>
      item({ kind: "tool-call", callId: "c", tool: "web_fetch", argumentsText: "{}" }, label);
    expect(windowOf([fetched(owner), fetched(untrusted), fetched(known)], direct).taintedFetches()).toBe(1);
  });
});
