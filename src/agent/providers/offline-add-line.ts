/**
 * "Add … to FILE": the file tools know no appending, so the file is read and written whole again. Whether it is there
 * yet is looked up in its folder first: beginning a file is no failure, and shows none.
 */
import type { Intent, OfflineCall, OfflineResult, OfflineStep } from "./offline-intent.ts";
import { failure, fenced } from "./offline-words.ts";

/** Folders that are looked through; in a deeper one the file is read at once. */
const foldersMax = 5;

/** What a listing writes as it is: without spaces, quotes and hidden characters. */
const plainName = /^[\w-][\w.-]*$/;

export function addLine(text: string, file: string): Intent {
  const folders = foldersTo(file);
  return (results) => {
    const found = lookedUp(folders, results);
    if ("call" in found) return found;
    const [first, second] = results.slice(found.looked);
    if (found.file === "absent") return written({ file, content: `${text}\n` }, first);
    if (first === undefined) return { call: { tool: "read", arguments: { path: file } } };
    return rewritten({ text, file, before: first }, second);
  };
}

type Look = { readonly folder: string; readonly name: string };

/** Each folder on the way, with the name to look for in it; none where a listing may write a name otherwise. */
function foldersTo(file: string): readonly Look[] {
  const names = file.split("/");
  if (names.length > foldersMax || !names.every((name) => plainName.test(name))) return [];
  return names.map((name, index) => ({ folder: names.slice(0, index).join("/") || ".", name }));
}

type Found = { readonly file: "absent" | "perhaps"; readonly looked: number };

function lookedUp(folders: readonly Look[], results: readonly OfflineResult[]): Found | { readonly call: OfflineCall } {
  for (const [index, { folder, name }] of folders.entries()) {
    const listed = results[index];
    if (listed === undefined) return { call: { tool: "read", arguments: { path: folder } } };
    const looked = index + 1;
    if (listed.failed || isCut(listed.text)) return { file: "perhaps", looked };
    const entry = listed.text.split("\n").find((line) => line.replace(/[/@]$/, "") === name);
    if (entry === undefined) return { file: "absent", looked };
    if (looked < folders.length && !entry.endsWith("/")) return { file: "perhaps", looked };
  }
  return { file: "perhaps", looked: folders.length };
}

const isCut = (listing: string): boolean => /\n\(and \d+ more\)$|\[\d+ characters left out\]/.test(listing);

type Rewrite = { readonly text: string; readonly file: string; readonly before: OfflineResult };

function rewritten({ text, file, before }: Rewrite, result: OfflineResult | undefined): OfflineStep {
  if (before.failed && !/not[ _-]found|no such|does not exist/i.test(before.text)) {
    return { answer: failure(`Reading \`${file}\``, before) };
  }
  const content = withLine(before, text);
  if (content === undefined) {
    return { answer: `\`${file}\` is too long for me to add to safely; use an editor or a model.` };
  }
  return written({ file, content }, result);
}

type Written = { readonly file: string; readonly content: string };

function written({ file, content }: Written, result: OfflineResult | undefined): OfflineStep {
  if (result === undefined) return { call: { tool: "write", arguments: { path: file, content } } };
  if (result.failed) return { answer: failure(`Writing \`${file}\``, result) };
  return { answer: `Added to \`${file}\`, which now says:\n\n${fenced(content)}` };
}

/** Undefined when the read was cut: writing it back would lose the rest. */
function withLine(before: OfflineResult, text: string): string | undefined {
  if (before.failed) return `${text}\n`;
  if (/\n\(lines \d+ to \d+ of \d+\)$|\[\d+ characters left out\]\n/.test(before.text)) return undefined;
  const bullet = /(?:^|\n)([-*] (?:\[ \] )?)[^\n]*\n*$/.exec(before.text)?.[1] ?? "";
  const head = before.text === "" || before.text.endsWith("\n") ? before.text : `${before.text}\n`;
  return `${head}${text.startsWith(bullet) ? "" : bullet}${text}\n`;
}
