/** Markdown in the words of a platform: one walk over the tokens, and a platform's own marks for each kind. */
import { marked, type Token, type Tokens } from "marked";

/** How a platform writes each kind. What it is given is rendered already, except for `text`, `code` and `block`. */
export type Marks = {
  /** Letters as they are: whatever the platform would read as a mark is escaped. */
  text(letters: string): string;
  strong(inner: string): string;
  em(inner: string): string;
  del(inner: string): string;
  code(letters: string): string;
  /** Lines as they are: a fence, a table. */
  block(letters: string): string;
  heading(inner: string): string;
  quote(inner: string): string;
  link(inner: string, href: string): string;
};

export function renderMarkdown(markdown: string, marks: Marks): string {
  return new Walk(marks).blocks(marked.lexer(markdown)).trim();
}

class Walk {
  readonly #marks: Marks;

  constructor(marks: Marks) {
    this.#marks = marks;
  }

  blocks(tokens: readonly Token[]): string {
    return tokens.map((token) => this.#block(token)).join("");
  }

  #block(token: Token): string {
    switch (token.type) {
      case "heading":
        return `${this.#marks.heading(this.#inline(token.tokens ?? []))}\n\n`;
      case "paragraph":
        return `${this.#inline(token.tokens ?? [])}\n\n`;
      case "code":
        return `${this.#marks.block(token.text)}\n\n`;
      case "blockquote":
        return `${this.#marks.quote(this.blocks(token.tokens ?? []).trim())}\n\n`;
      case "list":
        return `${this.#items(token as Tokens.List)}\n`;
      case "table":
        return `${this.#marks.block(token.raw.trim())}\n\n`;
      case "hr":
        return "—\n\n";
      case "space":
        return "";
      default:
        return token.type === "text" ? `${this.#inline(token.tokens ?? [token])}\n` : this.#marks.text(token.raw);
    }
  }

  #items(list: Tokens.List): string {
    return list.items
      .map((item, index) => {
        const mark = list.ordered ? `${Number(list.start || 1) + index}.` : "•";
        return `${mark} ${this.blocks(item.tokens).trim().replaceAll("\n", "\n  ")}\n`;
      })
      .join("");
  }

  #inline(tokens: readonly Token[]): string {
    return tokens.map((token) => this.#span(token)).join("");
  }

  #span(token: Token): string {
    const inner = () => this.#inline(("tokens" in token && token.tokens) || []);
    switch (token.type) {
      case "strong":
        return this.#marks.strong(inner());
      case "em":
        return this.#marks.em(inner());
      case "del":
        return this.#marks.del(inner());
      case "codespan":
        return this.#marks.code(token.text);
      case "br":
        return "\n";
      case "link":
        return this.#marks.link(inner(), token.href);
      case "text":
        return token.tokens ? inner() : this.#marks.text(token.text);
      case "escape":
        return this.#marks.text(token.text);
      default:
        return this.#marks.text(token.raw);
    }
  }
}
