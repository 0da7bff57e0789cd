/** Ctrl-C and SIGTERM as signals that can be awaited, for commands that have something to finish. */

export type Interrupts = {
  /** Aborted by the first: finish what runs. */
  readonly first: AbortSignal;
  /** Aborted by the second: stop at once. */
  readonly second: AbortSignal;
};

/** From now on the process no longer ends by itself at a signal. */
export function watchInterrupts(): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()];
  const onSignal = () => (first.signal.aborted ? second : first).abort();
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { first: first.signal, second: second.signal };
}

/** Resolves when the signal is aborted; at once when it is already. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
