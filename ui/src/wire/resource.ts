/** Something of the Gateway that the page shows and keeps fresh: read on first use, after each reconnect, at its events. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { isConnected, onEvent, onResume } from "./link.ts";
import { type Problem, problemOf } from "./problem.ts";

export type Loadable<T> = {
  /** The last value; it stays on screen while a newer one is on its way or could not be had. */
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
};

export type Resource<T> = { readonly state: ReadonlySignal<Loadable<T>>; load(): Promise<void>; use(): Loadable<T> };

export type ResourceSource<T> = {
  /** What fails, as a sentence: "The sessions could not be read". */
  readonly what: string;
  readonly fetch: () => Promise<T>;
  readonly events?: readonly string[];
};

const coalesceMs = 50;

export function createResource<T>(source: ResourceSource<T>): Resource<T> {
  const state = signal<Loadable<T>>({ value: undefined, problem: undefined });
  let isUsed = false;
  let round = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    isUsed = true;
    if (!isConnected.peek()) return;
    const mine = ++round;
    try {
      const value = await source.fetch();
      if (mine === round) state.value = { value, problem: undefined };
    } catch (error) {
      if (mine === round) state.value = { value: state.peek().value, problem: problemOf(error, source.what) };
    }
  }

  /** Many events in a row are one reading. */
  function loadSoon(): void {
    if (!isUsed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void load(), coalesceMs);
  }

  onResume(loadSoon);
  for (const name of source.events ?? []) onEvent(name, loadSoon);
  return {
    state,
    load,
    use() {
      if (!isUsed) void load();
      return state.value;
    },
  };
}
