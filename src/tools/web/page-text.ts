/** A response as text for a model: HTML reduced to its readable part, other text as it is. Pure. */
import { convert, type HtmlToTextOptions } from "html-to-text";

export type PageText = {
  readonly text: string;
  readonly title: string | undefined;
  /** Absolute links of the page, for the next call. */
  readonly links: readonly string[];
};

export type ExtractMode = "markdown" | "text";

const linksMax = 500;
const nodesMax = 100_000;

/** Undefined for content that is no text. */
export function pageText(
  body: Buffer,
  contentType: string,
  options: { mode: ExtractMode; base: string },
): PageText | undefined {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const text = decodedText(body, contentType);
  if (/html|xhtml/.test(type) || (type === "" && /^\s*<(!doctype|html)/i.test(text))) return htmlText(text, options);
  if (/^(text\/|application\/(json|xml|javascript|x-ndjson|rss\+xml|atom\+xml)|.*\+(json|xml)$)/.test(type)) {
    return { text, title: undefined, links: [] };
  }
  return type === "" && !text.includes("\0") ? { text, title: undefined, links: [] } : undefined;
}

function htmlText(html: string, { mode, base }: { mode: ExtractMode; base: string }): PageText {
  const title = /<title[^>]*>([\s\S]{0,500}?)<\/title>/i.exec(html)?.[1]?.replace(/\s+/g, " ").trim();
  return {
    text: convert(html, extraction(mode, base)).trim(),
    title: title === "" ? undefined : title,
    links: linksOf(html, base),
  };
}

function extraction(mode: ExtractMode, base: string): HtmlToTextOptions {
  const heading = { uppercase: false, leadingLineBreaks: 2, trailingLineBreaks: 1 };
  const skip = ["head", "title", "script", "style", "noscript", "template", "svg", "iframe", "nav", "form"];
  return {
    wordwrap: false,
    limits: { maxInputLength: 4_000_000, maxChildNodes: nodesMax },
    baseElements: { selectors: ["main", "article", "body"], orderBy: "selectors", returnDomByDefault: true },
    selectors: [
      ...skip.map((selector) => ({ selector, format: "skip" })),
      { selector: "img", format: "skip" },
      {
        selector: "a",
        options:
          mode === "markdown"
            ? { pathRewrite: (path: string) => absolute(path, base) ?? path, linkBrackets: ["(", ")"] }
            : { ignoreHref: true },
      },
      ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: heading })),
    ],
  };
}

function linksOf(html: string, base: string): string[] {
  const links = new Set<string>();
  for (const match of html.matchAll(
    /<a\b[^>]{0,2000}?\bhref\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s>]{1,2000}))/gi,
  )) {
    const link = absolute((match[1] ?? match[2] ?? match[3] ?? "").replaceAll("&amp;", "&"), base);
    if (link !== undefined) links.add(link);
    if (links.size >= linksMax) break;
  }
  return [...links];
}

function absolute(link: string, base: string): string | undefined {
  try {
    const url = new URL(link, base);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function decodedText(body: Buffer, contentType: string): string {
  const charset = /charset\s*=\s*"?([A-Za-z0-9_-]+)/i.exec(contentType)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder("utf-8").decode(body);
  }
}
