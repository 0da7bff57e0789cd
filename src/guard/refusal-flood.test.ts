import { describe, expect, test } from "vitest";
import type { LedgerEntry } from "./ledger-row.ts";
import { RefusalFlood, refusalRowsPerAccountMax, refusalsTrackedMax, refusalWindowMs } from "./refusal-flood.ts";

const refusal = (at: number, changed: Partial<LedgerEntry> = {}): LedgerEntry => ({
  at,
  principal: "sender:irc/default/eve",
  path: "direct/irc/default",
  action: "message.deliver",
  effect: "deny",
  reason: "dm.not_listed",
  because: [],
  label: null,
  detail: {},
  summary: "message received",
  ...changed,
});

describe("refusals that repeat", () => {
  test("the first is a row, the others one count when the window is over", () => {
    const flood = new RefusalFlood();
    expect(flood.take(refusal(0))).toEqual({ record: "row", ended: [] });
    for (let at = 1; at <= 500; at += 1) expect(flood.take(refusal(at)).record).toBe("counted");
    const next = flood.take(refusal(refusalWindowMs));
    expect(next).toEqual({
      record: "row",
      ended: [refusal(500, { summary: "refused 500 more times since 1970-01-01T00:00:00.000Z" })],
    });
  });

  test.each<[string, Partial<LedgerEntry>]>([
    ["sender", { principal: "sender:irc/default/mallory" }],
    ["place", { path: "group/irc/default/room" }],
    ["reason", { reason: "dm.disabled" }],
    ["effect", { effect: "challenge" }],
  ])("another %s has a row of its own", (_, changed) => {
    const flood = new RefusalFlood();
    flood.take(refusal(0));
    expect(flood.take(refusal(1, changed)).record).toBe("row");
    expect(flood.take(refusal(2)).record).toBe("counted");
  });

  test("a window without repeats leaves no row, and a flush writes what was counted, once", () => {
    const flood = new RefusalFlood();
    flood.take(refusal(0));
    expect(flood.take(refusal(refusalWindowMs)).ended).toEqual([]);
    flood.take(refusal(refusalWindowMs + 1));
    expect(flood.flush()).toHaveLength(1);
    expect(flood.flush()).toEqual([]);
  });

  test("one whose row could not be written is a first one again", () => {
    const flood = new RefusalFlood();
    flood.take(refusal(0));
    flood.forget(refusal(0));
    expect(flood.take(refusal(1)).record).toBe("row");
  });

  const sender = (index: number, account = "default") =>
    ({ principal: `sender:irc/${account}/${index}`, path: `direct/irc/${account}` }) as const;

  test("ever new senders get the rows of their account, then one count, and rows again in the next window", () => {
    const flood = new RefusalFlood();
    const taken = Array.from({ length: refusalRowsPerAccountMax + 50 }, (_, index) =>
      flood.take(refusal(index, sender(index))),
    );
    expect(taken.filter(({ record }) => record === "row")).toHaveLength(refusalRowsPerAccountMax);
    expect(taken.slice(refusalRowsPerAccountMax).every(({ record }) => record === "counted")).toBe(true);
    expect(flood.take(refusal(200, sender(7))).record).toBe("counted");
    expect(flood.take(refusal(200, { ...sender(0, "work") })).record).toBe("row");
    expect(flood.take(refusal(200, { ...sender(900), path: "group/irc/default/room" })).record).toBe("counted");

    const next = flood.take(refusal(refusalWindowMs + 1_000, sender(9_999)));
    expect(next).toEqual({
      record: "row",
      ended: [
        refusal(200, { ...sender(7), summary: "refused 1 more times since 1970-01-01T00:00:00.007Z" }),
        refusal(200, {
          principal: "further-senders:irc/default",
          summary: "refused 51 messages of further senders since 1970-01-01T00:00:00.100Z",
        }),
      ],
    });
  });

  test("senders of many accounts take no more memory than the limit", () => {
    const flood = new RefusalFlood();
    flood.take(refusal(0));
    flood.take(refusal(0));
    const rows = Array.from({ length: refusalsTrackedMax }, (_, index) =>
      flood.take(refusal(1, sender(index, `account-${Math.floor(index / refusalRowsPerAccountMax)}`))),
    );
    expect(rows.every(({ record }) => record === "row")).toBe(true);
    expect(rows.flatMap(({ ended }) => ended)).toHaveLength(1);
    expect(flood.take(refusal(2)).record).toBe("row");
  });
});
