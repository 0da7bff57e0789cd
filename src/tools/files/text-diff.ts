/** A unified diff of two texts, for cards and tool results. Pure. */

const contextLines = 3;
/** Beyond this many lines on a side the whole text is shown as replaced: no diff is better than a slow one. */
const diffLinesMax = 3_000;

type Line = { readonly mark: " " | "-" | "+"; readonly text: string };

/** Unified diff without file headers; empty when the texts are equal. */
export function textDiff(before: string, after: string): string {
  if (before === after) return "";
  const lines = diffLines(splitLines(before), splitLines(after));
  return hunks(lines).join("\n");
}

function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  else lines[lines.length - 1] = `${lines.at(-1)}\n\\ no newline at the end`;
  return lines;
}

function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const rest = Math.min(before.length, after.length) - head;
  while (tail < rest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const same = (text: string): Line => ({ mark: " ", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** Longest common subsequence; falls back to "all replaced" for large differences. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  const removed = before.map((text): Line => ({ mark: "-", text }));
  const added = after.map((text): Line => ({ mark: "+", text }));
  if (before.length * after.length > diffLinesMax * diffLinesMax || before.length === 0 || after.length === 0) {
    return [...removed, ...added];
  }
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
      lengths[i * width + j] = before[i] === after[j] ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1 : skip;
    }
  }
  return walk(before, after, (i, j) => lengths[i * width + j] ?? 0);
}

function walk(before: readonly string[], after: readonly string[], common: (i: number, j: number) => number): Line[] {
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: " ", text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || common(i + 1, j) >= common(i, j + 1))) {
      lines.push({ mark: "-", text: old });
      i += 1;
    } else {
      lines.push({ mark: "+", text: fresh ?? "" });
      j += 1;
    }
  }
  return lines;
}

function hunks(lines: readonly Line[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - contextLines), index + contextLines + 1).some((line) => line.mark !== " "),
  );
  const shown: string[] = [];
  let [oldLine, newLine] = [1, 1];
  lines.forEach((line, index) => {
    if (near[index] && !near[index - 1]) shown.push(`@@ -${oldLine} +${newLine} @@`);
    if (near[index])
      shown.push(...line.text.split("\n").map((text, part) => (part === 0 ? `${line.mark}${text}` : text)));
    if (line.mark !== "+") oldLine += 1;
    if (line.mark !== "-") newLine += 1;
  });
  return shown;
}
