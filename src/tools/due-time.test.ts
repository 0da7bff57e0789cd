import { describe, expect, test } from "vitest";
import { dueIn, dueTime, offsetMinutes, shownTime } from "./due-time.ts";

const zone = "Europe/Berlin";
/** Tuesday, 14:00 in Berlin. */
const now = Date.parse("2026-03-24T13:00:00Z");
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

describe("a time is understood in the person's zone", () => {
  test.each([
    ["tomorrow at 9", "2026-03-25T08:00:00.000Z"],
    ["at 16:30", "2026-03-24T15:30:00.000Z"],
    ["2026-03-25T09:00", "2026-03-25T08:00:00.000Z"],
    ["2026-03-25T09:00:00Z", "2026-03-25T09:00:00.000Z"],
    ["on Friday at 8am", "2026-03-27T07:00:00.000Z"],
    // Summer time begins on the 29th.
    ["next monday at 9", "2026-03-30T07:00:00.000Z"],
  ])("%s", (text, expected) => {
    expect(iso(dueTime(text, now, zone))).toBe(expected);
  });

  test.each([
    ["20 minutes", "2026-03-24T13:20:00.000Z"],
    ["in 2 hours", "2026-03-24T15:00:00.000Z"],
    ["1 week", "2026-03-31T12:00:00.000Z"],
  ])("in %s", (text, expected) => {
    expect(iso(dueIn(text, now, zone))).toBe(expected);
  });
});

test.each([
  "yesterday",
  "25:99",
  "at 24:61",
  "soon",
  "2020-01-01",
  "in 100 years",
  "",
  "tomorrow maybe or perhaps some day later",
])("%j is no time to remind at", (text) => {
  expect(dueTime(text, now, zone)).toBeUndefined();
});

test.each(["-5 minutes", "in -5 minutes", "minus 5 minutes", "in minus 2 hours", "25:99"])(
  "in %s is no time to remind at",
  (text) => {
    expect(dueIn(text, now, zone)).toBeUndefined();
  },
);

test("offsets follow the clocks", () => {
  expect([
    offsetMinutes(zone, now),
    offsetMinutes(zone, Date.parse("2026-07-01T00:00:00Z")),
    offsetMinutes("UTC", now),
  ]).toEqual([60, 120, 0]);
  expect(offsetMinutes("America/St_Johns", now)).toBe(-150);
  expect(shownTime(now, zone)).toBe("2026-03-24 14:00 (Europe/Berlin)");
});
