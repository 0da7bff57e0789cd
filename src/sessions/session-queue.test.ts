import { describe, expect, it } from "vitest";
import { systemClock } from "../platform/clock.ts";
import { createSessionQueue, waitingPerSessionMax } from "./session-queue.ts";

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the session queue", () => {
  it("runs the turns of one session one after the other, in order", async () => {
    const queue = createSessionQueue();
    const order: string[] = [];
    const first = gate();
    const a = queue.enqueue({
      session: "s",
      run: "1",
      work: async () => {
        order.push("first begins");
        await first.opened;
        order.push("first ends");
      },
    });
    const b = queue.enqueue({ session: "s", run: "2", work: async () => void order.push("second") });
    await tick();
    expect(order).toEqual(["first begins"]);
    first.open();
    await Promise.all([a, b]);
    expect(order).toEqual(["first begins", "first ends", "second"]);
  });

  it("runs at most the configured number of sessions at once, and takes the next when one ends", async () => {
    const queue = createSessionQueue({ concurrentMax: 2 });
    const gates = [gate(), gate(), gate()];
    const works = gates.map((each, index) =>
      queue.enqueue({ session: `s${index}`, run: `${index}`, work: () => each.opened }),
    );
    await tick();
    expect(queue.size()).toEqual({ running: 2, waiting: 1 });
    gates[0]?.open();
    await works[0];
    await tick();
    expect(queue.size()).toEqual({ running: 2, waiting: 0 });
    for (const each of gates) each.open();
    await Promise.all(works);
    expect(queue.size()).toEqual({ running: 0, waiting: 0 });
  });

  it("goes on after a turn that throws, at once or later", async () => {
    const queue = createSessionQueue({ concurrentMax: 1 });
    const thrown = queue.enqueue({
      session: "s",
      run: "1",
      work: () => {
        throw new Error("at once");
      },
    });
    const rejected = queue.enqueue({ session: "s", run: "2", work: () => Promise.reject(new Error("later")) });
    const fine = queue.enqueue({ session: "s", run: "3", work: async () => "fine" });
    await expect(thrown).rejects.toThrow("at once");
    await expect(rejected).rejects.toThrow("later");
    await expect(fine).resolves.toBe("fine");
  });
});

describe("the session queue's limits and ends", () => {
  it("refuses what does not fit, by name, and other sessions still fit", async () => {
    const queue = createSessionQueue();
    const block = gate();
    const works = Array.from({ length: waitingPerSessionMax + 1 }, (_, index) =>
      queue.enqueue({ session: "s", run: `${index}`, work: () => block.opened }),
    );
    await expect(queue.enqueue({ session: "s", run: "x", work: async () => 1 })).rejects.toMatchObject({
      code: "queue.full",
    });
    await expect(queue.enqueue({ session: "t", run: "y", work: async () => 1 })).resolves.toBe(1);
    block.open();
    await Promise.all(works);
  });

  it("aborts by session and by run, and nobody else", async () => {
    const queue = createSessionQueue();
    const untilAborted = (signal: AbortSignal) =>
      new Promise<unknown>((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
    const block = gate();
    const a = queue.enqueue({ session: "s", run: "1", work: untilAborted });
    const b = queue.enqueue({ session: "t", run: "2", work: (signal) => block.opened.then(() => signal.aborted) });
    expect(queue.abort({ run: "1" })).toEqual(["1"]);
    await expect(a).resolves.toBe("stopped");
    block.open();
    await expect(b).resolves.toBe(false);
    expect(queue.abort({ session: "nobody" })).toEqual([]);
  });

  it("drains: lets running turns end, begins nothing, refuses new work", async () => {
    const queue = createSessionQueue();
    const block = gate();
    const running = queue.enqueue({ session: "s", run: "1", work: () => block.opened.then(() => "ended") });
    const waiting = queue.enqueue({ session: "s", run: "2", work: async () => "begun" });
    const drained = queue.drain({ graceMs: 60_000, clock: systemClock });
    await expect(waiting).rejects.toMatchObject({ code: "queue.closed" });
    await expect(queue.enqueue({ session: "u", run: "3", work: async () => 1 })).rejects.toMatchObject({
      code: "queue.closed",
    });
    block.open();
    await expect(running).resolves.toBe("ended");
    await drained;
  });

  it("aborts with `shutdown` what does not end within the grace", async () => {
    const queue = createSessionQueue();
    const running = queue.enqueue({
      session: "s",
      run: "1",
      work: (signal) =>
        new Promise<unknown>((resolve) => signal.addEventListener("abort", () => resolve(signal.reason))),
    });
    await queue.drain({ graceMs: 0, clock: systemClock });
    await expect(running).resolves.toBe("shutdown");
  });
});
