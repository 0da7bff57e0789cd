/** "Did you mean …": the nearest of the legal words. */
import { distance } from "fastest-levenshtein";

/** Words this long may stand for a longer one that begins with them. */
const prefixMin = 3;

/** The candidate that `word` most likely stands for; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let best: { candidate: string; apart: number } | undefined;
  for (const candidate of candidates) {
    const apart = apartness(wanted, candidate.toLowerCase());
    if (apart !== undefined && (!best || apart < best.apart)) best = { candidate, apart };
  }
  return best?.candidate;
}

/** Two letters of five may differ; undefined when more do. */
function apartness(word: string, candidate: string): number | undefined {
  const apart = distance(word, candidate);
  const limit = Math.ceil(Math.max(word.length, candidate.length) * 0.4);
  if (apart <= limit && apart < word.length) return apart;
  return word.length >= prefixMin && candidate.startsWith(word) ? apart : undefined;
}

/** The end of a "fix" sentence: a suggestion where there is one, else `otherwise`. */
export function suggestion(word: string, candidates: readonly string[], otherwise: string): string {
  const near = nearest(word, candidates);
  return near === undefined ? otherwise : `did you mean \`${near}\`?`;
}

/** The beginning of a "fix" that goes on with more: `did you mean …? `, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `did you mean \`${near}\`? `;
}
