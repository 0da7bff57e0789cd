/** Markdown to the HTML subset of the Bot API (`b i s code pre a blockquote`); everything else becomes plain text. */
import { marked, type Token, type Tokens } from "marked";

/** Text of a Telegram message: well-formed, every `<`, `>` and `&` of the input escaped. */
export function toTelegramHtml(markdown: string): string {
  return blocks(marked.lexer(markdown)).trim();
}

function blocks(tokens: readonly Token[]): string {
  return tokens.map(block).join("");
}

function block(token: Token): string {
  switch (token.type) {
    case "heading":
      return `<b>${inline(token.tokens ?? [])}</b>\n\n`;
    case "paragraph":
      return `${inline(token.tokens ?? [])}\n\n`;
    case "code":
      return `<pre>${escapeHtml(token.text)}</pre>\n\n`;
    case "blockquote":
      return `<blockquote>${blocks(token.tokens ?? []).trim()}</blockquote>\n\n`;
    case "list":
      return `${listItems(token as Tokens.List)}\n`;
    case "table":
      return `<pre>${escapeHtml(token.raw.trim())}</pre>\n\n`;
    case "hr":
      return "—\n\n";
    case "space":
      return "";
    default:
      return token.type === "text" ? `${inline(token.tokens ?? [token])}\n` : escapeHtml(token.raw);
  }
}

function listItems(list: Tokens.List): string {
  return list.items
    .map((item, index) => {
      const mark = list.ordered ? `${Number(list.start || 1) + index}.` : "•";
      return `${mark} ${blocks(item.tokens).trim().replaceAll("\n", "\n  ")}\n`;
    })
    .join("");
}

function inline(tokens: readonly Token[]): string {
  return tokens.map(span).join("");
}

function span(token: Token): string {
  switch (token.type) {
    case "strong":
      return `<b>${inline(token.tokens ?? [])}</b>`;
    case "em":
      return `<i>${inline(token.tokens ?? [])}</i>`;
    case "del":
      return `<s>${inline(token.tokens ?? [])}</s>`;
    case "codespan":
      return `<code>${escapeHtml(token.text)}</code>`;
    case "br":
      return "\n";
    case "link":
      return link(token as Tokens.Link);
    case "text":
      return token.tokens ? inline(token.tokens) : escapeHtml(token.text);
    case "escape":
      return escapeHtml(token.text);
    default:
      return escapeHtml(token.raw);
  }
}

function link(token: Tokens.Link): string {
  const text = inline(token.tokens);
  return /^(https?|mailto):/i.test(token.href) ? `<a href="${escapeHtml(token.href)}">${text}</a>` : text;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
