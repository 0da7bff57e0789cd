/**
 * Keeps strangers from filling the ledger. The first refusal of a sender, place and reason has a row of its own; what
 * repeats it within the window is counted, and the count becomes one row when the window is over. Only messages that
 * were refused are counted: whatever was allowed, and whatever an operator asked, always has its row. A crash loses the
 * count of the last hour, never a first refusal.
 */
import type { LedgerEntry } from "./ledger-row.ts";

/** Repeats within this time share one row. */
export const refusalWindowMs = 60 * 60 * 1_000;
/** Senders that are told apart at a time; beyond it the oldest window ends early. */
export const refusalsTrackedMax = 10_000;

type Window = { readonly first: LedgerEntry; repeats: number; lastAt: number };

export type RefusalTaken = {
  /** `row`: record it. `counted`: it is part of a count. */
  readonly record: "row" | "counted";
  /** Counts whose window is over, as the rows to write. */
  readonly ended: readonly LedgerEntry[];
};

export class RefusalFlood {
  /** Oldest first. */
  readonly #windows = new Map<string, Window>();

  take(entry: LedgerEntry): RefusalTaken {
    const ended = this.#end(entry.at);
    const known = this.#windows.get(keyOf(entry));
    if (!known) {
      this.#windows.set(keyOf(entry), { first: entry, repeats: 0, lastAt: entry.at });
      return { record: "row", ended };
    }
    known.repeats += 1;
    known.lastAt = entry.at;
    return { record: "counted", ended };
  }

  /** Its row could not be written: the next one like it is a first one again. */
  forget(entry: LedgerEntry): void {
    this.#windows.delete(keyOf(entry));
  }

  /** Ends every window: what was counted until now, as rows. */
  flush(): readonly LedgerEntry[] {
    const rows = [...this.#windows.values()].flatMap(countRow);
    this.#windows.clear();
    return rows;
  }

  #end(now: number): readonly LedgerEntry[] {
    const rows: LedgerEntry[] = [];
    for (const [key, window] of this.#windows) {
      const over = window.first.at + refusalWindowMs <= now || this.#windows.size >= refusalsTrackedMax;
      if (!over) break;
      rows.push(...countRow(window));
      this.#windows.delete(key);
    }
    return rows;
  }
}

const keyOf = ({ principal, path, effect, reason }: LedgerEntry): string =>
  JSON.stringify([principal, path, effect, reason]);

function countRow({ first, repeats, lastAt }: Window): LedgerEntry[] {
  if (repeats === 0) return [];
  const since = new Date(first.at).toISOString();
  return [{ ...first, at: lastAt, summary: `refused ${repeats} more times since ${since}` }];
}
