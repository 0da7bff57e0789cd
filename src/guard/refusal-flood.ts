/**
 * Keeps strangers from filling the ledger. The first refusal of a sender, place and reason has a row of its own; what
 * repeats it within the window is counted, and the count becomes one row when the window is over. So are ever new senders
 * beyond the rows that an account of a channel gets. Only messages that were refused are counted: whatever was allowed,
 * and whatever an operator asked, always has its row. A crash loses the counts of the last hour, never a row.
 */
import type { LedgerEntry } from "./ledger-row.ts";

/** Repeats within this time share one row. */
export const refusalWindowMs = 60 * 60 * 1_000;
/** Senders that are told apart at a time; beyond it the oldest window ends early. */
export const refusalsTrackedMax = 10_000;
/** First refusals with a row of their own, for one account of a channel within the window. */
export const refusalRowsPerAccountMax = 100;

type Window = {
  readonly first: LedgerEntry;
  readonly of: "one sender" | "further senders";
  repeats: number;
  lastAt: number;
};
type AccountRows = { readonly since: number; rows: number };

export type RefusalTaken = {
  /** `row`: record it. `counted`: it is part of a count. */
  readonly record: "row" | "counted";
  /** Counts whose window is over, as the rows to write. */
  readonly ended: readonly LedgerEntry[];
};

export class RefusalFlood {
  /** Oldest first. */
  readonly #windows = new Map<string, Window>();
  readonly #accounts = new Map<string, AccountRows>();

  take(entry: LedgerEntry): RefusalTaken {
    const ended = this.#end(entry.at);
    const known = this.#windows.get(keyOf(entry));
    if (!known && this.#takeRow(entry)) {
      this.#windows.set(keyOf(entry), { first: entry, of: "one sender", repeats: 0, lastAt: entry.at });
      return { record: "row", ended };
    }
    const window = known ?? this.#furtherSenders(entry);
    window.repeats += 1;
    window.lastAt = entry.at;
    return { record: "counted", ended };
  }

  /** Whether the account has a row left. */
  #takeRow(entry: LedgerEntry): boolean {
    const account = accountOf(entry);
    const known = this.#accounts.get(account);
    const current = known && known.since + refusalWindowMs > entry.at ? known : { since: entry.at, rows: 0 };
    this.#accounts.set(account, current);
    if (current.rows >= refusalRowsPerAccountMax) return false;
    current.rows += 1;
    return true;
  }

  #furtherSenders(entry: LedgerEntry): Window {
    const { effect, reason } = entry;
    const first = { ...entry, principal: `further-senders:${accountOf(entry)}` };
    const key = JSON.stringify([first.principal, effect, reason]);
    const window = this.#windows.get(key) ?? { first, of: "further senders", repeats: 0, lastAt: entry.at };
    this.#windows.set(key, window);
    return window;
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

/** `irc/default` of `direct/irc/default` and of `group/irc/default/room`. */
const accountOf = ({ path }: LedgerEntry): string => path.split("/").slice(1, 3).join("/");

function countRow({ first, of, repeats, lastAt }: Window): LedgerEntry[] {
  if (repeats === 0) return [];
  const since = new Date(first.at).toISOString();
  const what = of === "one sender" ? `${repeats} more times` : `${repeats} messages of further senders`;
  return [{ ...first, at: lastAt, summary: `refused ${what} since ${since}` }];
}
