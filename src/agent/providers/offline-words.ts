/** How the offline assistant puts results into words. Whatever a tool returned is shown as a quotation. */
import type { OfflineResult } from "./offline-intent.ts";

const shownCharsMax = 6_000;
const summarySentences = 5;
const summarySentenceMin = 25;

export const offlineHelp = [
  "I am the **offline assistant**: a small, deterministic program, not a language model. I work without any account. I understand requests such as:",
  "",
  "- `list files` · `list files in docs`",
  "- `read notes.md` · `what did I write in notes.md`",
  '- `write "buy milk" to todo.md` · `add "call Ann" to todo.md`',
  '- `replace "milk" with "bread" in todo.md`',
  "- `run npm test` (in the sandbox) · `run on the host: uname -a` (asks you first)",
  "- `fetch https://example.org` · `summarise https://example.org`",
  "- `remind me to stretch in 20 minutes` · `remind me at 17:30 to leave`",
  "- `search for milk` · `delete old.txt` · `status`",
  "",
  "For free conversation add a model: open the **Models** page and enter a key, run `fased models auth add`, or start a local Ollama or llama-server and accept it there.",
].join("\n");

export function notUnderstood(words: string): string {
  const shown = words.length > 120 ? `${words.slice(0, 120)}…` : words;
  return `I am the offline assistant and did not understand ${quotedInline(shown)}.\n\n${offlineHelp}`;
}

export function noTime(request: string): string {
  return `There is no time to come in ${quotedInline(request)}. A time looks like \`in 20 minutes\`, \`at 17:30\`, \`tomorrow at 9\` or \`2026-11-24 09:00\`.`;
}

export function missingTool(tool: string): string {
  return `That needs the tool \`${tool}\`, which is not available to you in this conversation. The Gateway's owner decides which tools are.`;
}

/** A fence that the content cannot close. */
export function fenced(text: string): string {
  const cut =
    text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}\n… (${text.length} characters in all)` : text;
  const longest = Math.max(2, ...[...cut.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${cut.replace(/\n$/, "")}\n${fence}`;
}

export function quotedInline(text: string): string {
  return `“${text.replace(/\s+/g, " ").replaceAll("`", "'")}”`;
}

export function failure(what: string, result: OfflineResult): string {
  return `${what} did not work:\n\n${fenced(result.text)}`;
}

/** Shows a result under a heading, or says that the call failed. */
export function shown(heading: string, result: OfflineResult): string {
  if (result.failed) return failure(heading, result);
  return result.text.trim() === "" ? `${heading}: nothing.` : `${heading}:\n\n${fenced(result.text)}`;
}

/** The content between the markers that `web_fetch` puts around what it brings. */
export function unwrapped(text: string): string {
  return /<<<EXTERNAL_UNTRUSTED_CONTENT[^>]*>>>[\s\S]*?\n---\n([\s\S]*)\n<<<END_EXTERNAL/.exec(text)?.[1] ?? text;
}

/** The first sentences that say something. A quotation of the page, not an understanding of it. */
export function extract(text: string): string {
  const plain = text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^[#>*\-\s]+/gm, "")
    .replace(/\s+/g, " ");
  const sentences = plain.match(/[^.!?]+[.!?]+/g)?.map((sentence) => sentence.trim()) ?? [];
  const telling = sentences.filter((sentence) => sentence.length >= summarySentenceMin);
  const chosen = telling.length > 0 ? telling.slice(0, summarySentences).join(" ") : plain.slice(0, 500);
  return chosen.trim();
}
