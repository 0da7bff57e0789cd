/** What rules and tools may ask about the window: its label, what its people named, which pages it holds. */
import type { Label } from "../policy/label.ts";
import type { Path } from "../policy/request.ts";
import type { Item } from "../sessions/item.ts";
import type { Trunk } from "../sessions/session-store.ts";
import type { TurnWindow } from "../tools/tool.ts";
import { namingCharsMax } from "../tools/web/url-naming.ts";

export type WindowView = {
  readonly label: () => Label;
  readonly trunk: Trunk;
  readonly current: () => readonly Item[];
  readonly path: Path;
};

export function createTurnWindow(view: WindowView): TurnWindow {
  return {
    label: view.label,
    namingMessages: () => namingMessages([...view.trunk.items, ...view.current()], view.path),
    pages: () => view.current().flatMap(pageOf),
    taintedFetches: () => view.current().filter(isTaintedFetch).length,
  };
}

/** Direct: what owners typed. In rooms: what people listed by id typed. Oldest first. */
function namingMessages(items: readonly Item[], path: Path): readonly { text: string; at: number }[] {
  return items.flatMap(({ content, label, at }) => {
    if (content.kind !== "user" || content.text.length > namingCharsMax) return [];
    const names = label.integrity === "owner" || (path.kind === "group" && label.integrity === "known");
    return names ? [{ text: content.text, at }] : [];
  });
}

function pageOf({ content }: Item): { url: string; links: readonly string[] }[] {
  if (content.kind !== "tool-result" || content.tool !== "web_fetch" || content.failed) return [];
  const details = content.details;
  if (typeof details !== "object" || details === null) return [];
  const { url, links } = details as { url?: unknown; links?: unknown };
  if (typeof url !== "string") return [];
  const texts = Array.isArray(links) ? links.filter((link) => typeof link === "string") : [];
  return [{ url, links: texts }];
}

function isTaintedFetch({ content, label }: Item): boolean {
  return content.kind === "tool-call" && content.tool === "web_fetch" && label.integrity === "untrusted";
}
