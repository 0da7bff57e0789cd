/** Values as JSON5 text in the style of the file they go into. */
import { isObject, type Json } from "./value.ts";

export type PrintStyle = {
  /** One level: two spaces, four, or a tab. */
  readonly indent: string;
  readonly newline: "\n" | "\r\n";
  /** `quoted`: keys as in JSON. */
  readonly keys: "plain" | "quoted";
};

/** Longer values are spread over lines. */
const inlineMax = 60;
const plainKey = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

export function printKey(name: string, style: PrintStyle): string {
  return style.keys === "plain" && plainKey.test(name) ? name : printScalar(name);
}

/** Line separators are legal in JSON5 texts, but invisible and disliked by tools. */
function printScalar(value: Json): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** The value as text; its lines after the first are indented by `margin`. */
export function printValue(value: Json, style: PrintStyle, margin = ""): string {
  if (Array.isArray(value)) {
    return printParts(
      value.map((item: Json) => (inner: string) => printValue(item, style, inner)),
      "[]",
      { style, margin },
    );
  }
  if (!isObject(value)) return printScalar(value);
  const members = Object.entries(value).map(([name, child]) => (inner: string) => {
    return `${printKey(name, style)}: ${printValue(child, style, inner)}`;
  });
  return printParts(members, "{}", { style, margin });
}

type Layout = { readonly style: PrintStyle; readonly margin: string };

function printParts(parts: readonly ((inner: string) => string)[], brackets: "[]" | "{}", layout: Layout): string {
  const [open, close] = [brackets.charAt(0), brackets.charAt(1)];
  if (parts.length === 0) return brackets;
  const pad = brackets === "{}" ? " " : "";
  const inline = `${open}${pad}${parts.map((part) => part("")).join(", ")}${pad}${close}`;
  if (inline.length <= inlineMax && !/[\r\n]/.test(inline)) return inline;
  const { style, margin } = layout;
  const inner = margin + style.indent;
  const comma = style.keys === "plain" ? "," : "";
  const lines = parts.map((part) => inner + part(inner)).join(`,${style.newline}`);
  return `${open}${style.newline}${lines}${comma}${style.newline}${margin}${close}`;
}
