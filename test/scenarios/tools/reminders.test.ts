import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../../src/platform/database.ts";
import {
  createReminders,
  type NewReminder,
  type ReminderPorts,
  type Reminders,
  remindersMigrations,
} from "../../../src/tools/reminders.ts";
import { createFakeClock, type FakeClock } from "../../fakes/fake-clock.ts";
import { control, operator, ownerWords, webchat } from "../../fakes/tool-bench.ts";

let clock: FakeClock;
let database: Database;
/** `text`, or `text (late)`. */
let delivered: string[];
beforeEach(() => {
  clock = createFakeClock();
  database = openDatabase(":memory:", { reminders: remindersMigrations });
  delivered = [];
});
afterEach(() => database.close());

const note: ReminderPorts["deliver"] = async ({ text }, { late }) => {
  delivered.push(late ? `${text} (late)` : text);
};

/** One life of the Gateway, as far as reminders go. */
function begin(deliver: ReminderPorts["deliver"] = note): Reminders {
  const reminders = createReminders({ database, clock, deliver });
  reminders.start();
  return reminders;
}

const inMs = (ms: number, text = "bread"): NewReminder => ({
  ...{ text, dueAt: clock.now() + ms, label: ownerWords, agent: "main", session: "s" },
  ...{ principal: operator, path: control, audience: ["owner"], target: webchat },
});

/** What is due now has been looked at. */
const settled = (reminders: Reminders) => expect.poll(() => reminders.waiting()).toEqual([]);

describe("a reminder and the end of the Gateway", () => {
  test("one that becomes due while it stops waits for the next start, and is delivered once", async () => {
    const first = begin();
    await first.add(inMs(5_000));
    await first.stop();
    clock.advance(10_000);
    expect(delivered).toEqual([]);
    const second = begin();
    clock.advance(0);
    await settled(second);
    await second.stop();
    expect(delivered).toEqual(["bread"]);
    await begin().stop();
    clock.advance(0);
    expect(delivered).toEqual(["bread"]);
  });

  test("one that is delivered more than a minute after its time is marked late", async () => {
    const first = begin();
    await first.add(inMs(5_000));
    await first.add(inMs(65_000, "milk"));
    await first.stop();
    clock.advance(66_000);
    const second = begin();
    clock.advance(0);
    await settled(second);
    expect(delivered).toEqual(["bread (late)", "milk"]);
    await second.stop();
  });

  test("stopping waits for the delivery that is on its way, and begins no other", async () => {
    let arrive = (): void => undefined;
    const onItsWay = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const reminders = begin(async (reminder, timing) => {
      await note(reminder, timing);
      await onItsWay;
    });
    await reminders.add(inMs(1_000));
    await reminders.add(inMs(1_000, "milk"));
    clock.advance(1_000);
    await expect.poll(() => delivered).toHaveLength(1);
    const stopped = reminders.stop();
    arrive();
    await stopped;
    expect(delivered).toHaveLength(1);
    expect(reminders.waiting()).toHaveLength(1);
  });
});

describe("a reminder that cannot be delivered or recorded", () => {
  test("is tried again a minute later", async () => {
    let fails = true;
    const reminders = begin((reminder, timing) =>
      fails ? Promise.reject(new Error("no way there")) : note(reminder, timing),
    );
    await reminders.add(inMs(1_000));
    clock.advance(1_000);
    const attempts = () => database.get<{ n: number }>("SELECT attempts AS n FROM reminders")?.n;
    await expect.poll(attempts).toBe(1);
    fails = false;
    clock.advance(60_000);
    await settled(reminders);
    expect(delivered).toEqual(["bread"]);
    await reminders.stop();
  });

  test("where the disk refuses the record, later ones still come", async () => {
    let refuse = (): void => undefined;
    const refusing = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    let full = true;
    const writing: Database = {
      ...database,
      get: (sql, ...values) => database.get(sql, ...values),
      all: (sql, ...values) => database.all(sql, ...values),
      close: () => database.close(),
      write: (change) => {
        if (!full) return database.write(change);
        refuse();
        return Promise.reject(new Error("disk full"));
      },
    };
    await createReminders({ database, clock, deliver: note }).add(inMs(1_000));
    const reminders = createReminders({ database: writing, clock, deliver: note });
    reminders.start();
    clock.advance(1_000);
    await refusing;
    full = false;
    await expect
      .poll(() => {
        clock.advance(60_000);
        return reminders.waiting();
      })
      .toEqual([]);
    // The outbox knows it by its key: the second time is no second delivery.
    expect(delivered).toHaveLength(2);
    await reminders.stop();
  });
});
