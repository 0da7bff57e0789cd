/** How well `query` matches `text`: every word must occur; earlier and at word starts is better. Undefined: no match. */
export function matchScore(query: string, text: string): number | undefined {
  const lower = text.toLowerCase();
  let score = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = lower.indexOf(word);
    if (at < 0) return undefined;
    const atWordStart = at === 0 || /[^a-z0-9]/.test(lower[at - 1] ?? "");
    score += (atWordStart ? 0 : 100) + at;
  }
  return score;
}

/** The items that match, best first, at most `limit`; without a query all in their order. */
export function bestMatches<T>(items: readonly T[], query: string, words: (item: T) => string): readonly T[] {
  if (query.trim() === "") return items;
  return items
    .map((item) => ({ item, score: matchScore(query, words(item)) }))
    .filter((row): row is { item: T; score: number } => row.score !== undefined)
    .sort((a, b) => a.score - b.score)
    .map((row) => row.item);
}
