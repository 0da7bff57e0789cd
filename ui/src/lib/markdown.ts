/**
 * Markdown as the agent writes it, cut into top-level blocks so that a growing text changes its last block only.
 * Every block passes the sanitiser; nothing else in the page may set HTML.
 */
import createDOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";

const allowedTags = [
  ...["a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "span"],
  ...["strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "input"],
];
const allowedAttributes = ["href", "class", "rel", "target", "title", "align", "start", "type", "checked", "disabled"];

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    heading({ tokens, depth }: Tokens.Heading) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    link({ href, tokens }: Tokens.Link) {
      return linkHtml(href, this.parser.parseInline(tokens));
    },
    image({ href, text }: Tokens.Image) {
      return linkHtml(href, escapeHtml(text === "" ? "image" : `image: ${text}`));
    },
    html({ text }: Tokens.HTML | Tokens.Tag) {
      return escapeHtml(text);
    },
  },
});

const purifier = createDOMPurify(window);

/** The top-level blocks of `text`, each as its source. Joined they are the text again. */
export function markdownBlocks(text: string): readonly string[] {
  const blocks: string[] = [];
  for (const token of marked.lexer(text)) {
    const last = blocks.length - 1;
    if (token.type === "space" && last >= 0) blocks[last] += token.raw;
    else blocks.push(token.raw);
  }
  return blocks;
}

/** Sanitised HTML of one block, typed so that a page under Trusted Types accepts it. */
export function blockHtml(block: string) {
  const html = marked.parse(block, { async: false });
  return purifier.sanitize(html, {
    ALLOWED_TAGS: allowedTags,
    ALLOWED_ATTR: allowedAttributes,
    ALLOW_DATA_ATTR: false,
    // The sanitiser holds every other attribute against the pattern of addresses.
    ADD_URI_SAFE_ATTR: ["rel", "target", "align", "start", "type", "checked", "disabled"],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_TRUSTED_TYPE: true,
  });
}

/** A link shows where it goes: the host stands behind its words unless the words are the address. */
function linkHtml(href: string, words: string): string {
  const host = hostOf(href);
  if (host === undefined) return words;
  const shown = words.includes(host) ? "" : ` <span class="link-host">${escapeHtml(host)}</span>`;
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer nofollow">${words}</a>${shown}`;
}

/** The host in its wire form, so that a look-alike name in another script shows as `xn--`. */
export function hostOf(href: string): string | undefined {
  try {
    const url = new URL(href);
    if (url.protocol === "mailto:") return url.pathname;
    return url.protocol === "https:" || url.protocol === "http:" ? url.host : undefined;
  } catch {
    return undefined;
  }
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
