/** Markdown to the HTML subset of the Bot API (`b i s code pre a blockquote`); everything else becomes plain text. */
import { type Marks, renderMarkdown } from "../markdown.ts";

const telegramMarks: Marks = {
  text: escapeHtml,
  strong: (inner) => `<b>${inner}</b>`,
  em: (inner) => `<i>${inner}</i>`,
  del: (inner) => `<s>${inner}</s>`,
  code: (letters) => `<code>${escapeHtml(letters)}</code>`,
  block: (letters) => `<pre>${escapeHtml(letters)}</pre>`,
  heading: (inner) => `<b>${inner}</b>`,
  quote: (inner) => `<blockquote>${inner}</blockquote>`,
  link: (inner, href) => (/^(https?|mailto):/i.test(href) ? `<a href="${escapeHtml(href)}">${inner}</a>` : inner),
};

/** Text of a Telegram message: well-formed, every `<`, `>` and `&` of the input escaped. */
export function toTelegramHtml(markdown: string): string {
  return renderMarkdown(markdown, telegramMarks);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
