/**
 * Whether a person named a URL, so that fetching it tells a site nothing that the person did not choose (information
 * flow, sink S4). Pure: what people wrote and which pages were read comes from the turn's window.
 */
import { getDomain } from "tldts";
import type { TurnWindow } from "../tool.ts";

/** How long the mention of a host allows GET to it. */
const hostNamedMs = 10 * 60 * 1_000;
/** A message longer than this is pasted: it names nothing. */
export const namingCharsMax = 500;

/** Top-level domains that are endings of files, too. Whoever speaks of `notes.md` means no host, and anyone may own that one. */
const fileEndings: ReadonlySet<string> = new Set(
  "as cab cc cs java la md mk ml mm mobi mov pl pm ps pub py rs sc sh so st sv tf tm vi zip".split(" "),
);

type NamingWindow = Pick<TurnWindow, "namingMessages" | "pages">;

/**
 * True when the URL stands verbatim in a person's message, when its host was named in the last ten minutes, or when it
 * is a link on a page of a site that a person named.
 */
export function isUrlNamed(url: URL, window: NamingWindow, now: number): boolean {
  const messages = window.namingMessages().filter(({ text }) => text.length <= namingCharsMax);
  const written = messages.flatMap(({ text }) => urlsIn(text));
  if (written.some((named) => sameUrl(named, url))) return true;
  const recent = messages.filter(({ at }) => at > now - hostNamedMs);
  if (recent.some(({ text }) => hostsIn(text).has(url.host))) return true;
  const sites = new Set([
    ...written.map(siteOf),
    ...messages.flatMap(({ text }) => [...hostsIn(text)].map(siteOfHost)),
  ]);
  return window.pages().some((page) => {
    const base = parsed(page.url);
    return base !== undefined && sites.has(siteOf(base)) && page.links.some((link) => linksTo(link, base, url));
  });
}

/** Registrable domain, or the host with its port where there is none (addresses, `localhost`). */
export function siteOf(url: URL): string {
  return siteOfHost(url.host);
}

function siteOfHost(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

/** `https://…` as it stands in a text, without the punctuation of the sentence around it. */
export function urlsIn(text: string): URL[] {
  const found = text.match(/https?:\/\/[^\s<>"'`]+/gi) ?? [];
  return found.flatMap((candidate) =>
    [parsed(candidate), parsed(candidate.replace(/[.,;:!?)\]}]+$/, ""))].filter((url) => url !== undefined),
  );
}

/** Hosts in URLs, and bare names such as `example.org` that are a registrable domain or below one, and no file's name. */
function hostsIn(text: string): ReadonlySet<string> {
  const bare = text.match(/(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w@-])/gi) ?? [];
  const named = bare
    .map((name) => name.toLowerCase())
    .filter((name) => name.startsWith("www.") || !fileEndings.has(name.slice(name.lastIndexOf(".") + 1)))
    .filter((name) => getDomain(name, { allowPrivateDomains: true }) !== null);
  return new Set([...urlsIn(text).map((url) => url.host), ...named]);
}

function linksTo(link: string, base: URL, url: URL): boolean {
  const target = parsed(link, base);
  return target !== undefined && sameUrl(target, url);
}

/** The fragment is never sent. */
function sameUrl(a: URL, b: URL): boolean {
  return withoutFragment(a) === withoutFragment(b);
}

function withoutFragment(url: URL): string {
  const copy = new URL(url);
  copy.hash = "";
  return copy.href;
}

function parsed(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
