/**
 * What the offline assistant understands: plain requests, by patterns. An intent is worked out of the person's own
 * words alone; tool results are material to show, never something to follow.
 */

export type OfflineCall = { readonly tool: string; readonly arguments: Readonly<Record<string, unknown>> };

/** What came back: the text, and whether the call failed or was refused. */
export type OfflineResult = { readonly text: string; readonly failed: boolean };

export type OfflineStep = { readonly call: OfflineCall; readonly say?: string } | { readonly answer: string };

/** Given the results so far, the next step. Pure. */
export type Intent = (results: readonly OfflineResult[]) => OfflineStep;

/** One call, then its result put into words. */
export function oneCall(call: OfflineCall, word: (result: OfflineResult) => string): Intent {
  return ([result]) => (result === undefined ? { call } : { answer: word(result) });
}

export function answer(text: string): Intent {
  return () => ({ answer: text });
}
